/**
 * The frame in which the real runtime draws the page (protocol: web/README.md, 'Preview'). Only
 * messages of our own origin and of that very frame are heard.
 */
export class Preview {
  /** @param {{window: Window, on: Object<string, function(object): void>}} parts `on` by message name */
  constructor({ window, on }) {
    this.window = window;
    this.on = on;
    this.frame = null;
    this.isReady = false;
    this.seq = 0;
    this.waiting = null;
    this.isDrawing = false;
    this.last = null;
    this.hear = (event) => this.heard(event);
    window.addEventListener('message', this.hear);
  }

  attach(frame) {
    this.frame = frame;
    this.isReady = false;
    this.send('studio:ping', {});
  }

  close() {
    this.window.removeEventListener('message', this.hear);
  }

  /** Draw this page; while the frame is not ready, or still draws, the last one asked for is kept. */
  draw(message) {
    this.seq += 1;
    this.waiting = { ...message, seq: this.seq };
    if (this.isReady && !this.isDrawing) this.sendPage();
  }

  sendPage() {
    const page = this.waiting;
    this.waiting = null;
    this.isDrawing = true;
    this.last = page;
    this.send('studio:page', page);
  }

  drawn() {
    this.isDrawing = false;
    if (this.waiting) this.sendPage();
  }

  send(type, fields) {
    const message = JSON.parse(JSON.stringify({ ...fields, type }));
    this.frame?.contentWindow?.postMessage(message, this.window.location.origin);
  }

  heard(event) {
    if (event.origin !== this.window.location.origin) return;
    if (!this.frame || event.source !== this.frame.contentWindow) return;
    const { type, ...fields } = event.data ?? {};
    if (typeof type !== 'string' || !type.startsWith('studio:')) return;
    const name = type.slice('studio:'.length);
    if (name === 'ready') this.ready();
    if (name === 'drawn') this.drawn();
    this.on[name]?.(fields);
  }

  ready() {
    // A frame that is ready again was loaded anew and shows nothing yet.
    this.isReady = true;
    this.isDrawing = false;
    this.waiting ??= this.last;
    if (this.waiting) this.sendPage();
  }
}
