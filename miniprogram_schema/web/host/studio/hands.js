// Pointer and keys while the page is edited: nothing in the page is pressed or focused; what is pointed at
// is told. All listeners stand before the runtime's own.

const MOVE_PX = 6;
const HOLD_MS = 350;
const SWALLOWED = ['click', 'dblclick', 'auxclick', 'contextmenu', 'mousedown', 'submit', 'dragstart', 'input', 'beforeinput'];
const UNHEARD = ['touchstart', 'touchend', 'touchcancel', 'mouseup', 'keyup', 'keypress'];
const SCROLLS = new Set(['PageUp', 'PageDown', 'Tab']);

export class Hands {
  constructor(bridge) {
    this.bridge = bridge;
    this.press = null;
    this.hovered = undefined;
  }

  attach() {
    const on = (type, listen, options = {}) => window.addEventListener(type, (event) => this.isEditing() && listen(event), { capture: true, passive: false, ...options });
    SWALLOWED.forEach((type) => on(type, swallow));
    UNHEARD.forEach((type) => on(type, (event) => event.stopImmediatePropagation()));
    on('click', (event) => this.tap(event));
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.move(event));
    on('pointerup', (event) => this.up(event));
    on('pointercancel', (event) => this.cancel(event));
    on('touchmove', (event) => this.touch(event));
    on('keydown', (event) => this.key(event));
    on('focusin', (event) => event.target.blur?.());
    document.addEventListener('pointerleave', () => this.isEditing() && this.hover(null));
  }

  isEditing() {
    return this.bridge.mode === 'edit';
  }

  /** The node under an event: {id, key}, id null for the ground. */
  nodeAt({ clientX, clientY, target }) {
    const under = document.elementFromPoint(clientX, clientY) ?? target;
    const element = under.closest?.('.node');
    const rect = element && this.bridge.rects.find((one) => one.element === element);
    return { id: rect?.id ?? null, key: rect?.key ?? null };
  }

  tap(event) {
    if (this.press?.grabbed || this.justLetGo) return;
    const { ctrlKey, metaKey, shiftKey } = event;
    this.bridge.tell('studio:select', { ...this.nodeAt(event), more: ctrlKey || metaKey || shiftKey });
  }

  down(event) {
    event.stopImmediatePropagation();
    this.justLetGo = false;
    if (event.button !== 0) return;
    const { id } = this.nodeAt(event);
    const canGrab = id !== null && this.bridge.selected.includes(id);
    const press = { id, x: event.clientX, y: event.clientY, pointerType: event.pointerType, pointerId: event.pointerId, canGrab, grabbed: false };
    if (canGrab && event.pointerType !== 'mouse') press.timer = setTimeout(() => this.grab(press), HOLD_MS);
    this.press = press;
  }

  move(event) {
    event.stopImmediatePropagation();
    const { press } = this;
    if (press?.grabbed) {
      this.bridge.tell('studio:move', { x: event.clientX, y: event.clientY });
      return;
    }
    const far = press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > MOVE_PX;
    if (far && press.canGrab && press.pointerType === 'mouse') this.grab(press);
    else if (far) clearTimeout(press.timer);
    else if (!press && event.pointerType === 'mouse') this.hover(this.nodeAt(event).id);
  }

  grab(press) {
    if (this.press !== press) return;
    press.grabbed = true;
    document.documentElement.setPointerCapture?.(press.pointerId);
    const { id, x, y, pointerType } = press;
    this.bridge.tell('studio:grab', { id, x, y, pointerType });
  }

  up(event) {
    event.stopImmediatePropagation();
    this.end('studio:release', event);
  }

  cancel(event) {
    event.stopImmediatePropagation();
    this.end('studio:cancel', event);
  }

  end(type, event) {
    clearTimeout(this.press?.timer);
    if (this.press?.grabbed) {
      this.justLetGo = true;
      this.bridge.tell(type, { x: event.clientX, y: event.clientY });
    }
    this.press = null;
  }

  /** While a block is held by a finger the page must not scroll away under it. */
  touch(event) {
    event.stopImmediatePropagation();
    if (this.press?.grabbed && event.cancelable) event.preventDefault();
  }

  hover(id) {
    if (id === this.hovered) return;
    this.hovered = id;
    this.bridge.tell('studio:hover', { id });
  }

  key(event) {
    event.stopImmediatePropagation();
    const { key, code, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (!SCROLLS.has(key)) event.preventDefault();
    this.bridge.tell('studio:key', { key, code, ctrlKey, metaKey, shiftKey, altKey });
  }
}

function swallow(event) {
  if (event.type !== 'click') event.stopImmediatePropagation();
  else event.stopPropagation();
  event.preventDefault();
}
