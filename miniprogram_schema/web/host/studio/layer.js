// What the preview draws over the page: frames around what is selected, and the line where a block would
// go. It takes no part in the page: nothing in it can be hit.

const STYLE = `
.studio-layer{position:fixed;inset:0;z-index:2000;overflow:hidden;pointer-events:none}
.studio-frame{position:absolute;box-sizing:border-box;border:2px solid var(--nx-focus,#2f6fde);border-radius:4px}
.studio-frame-copy{border-style:dashed;opacity:.6}
.studio-mark{position:absolute;border-radius:2px;background:var(--nx-focus,#2f6fde)}
.studio-empty{min-height:48px;outline:1px dashed var(--nx-line-strong,#8a8a8e);outline-offset:-1px}
html.studio-edit,html.studio-edit *{cursor:default!important;-webkit-user-select:none;user-select:none}
`;

export class Layer {
  attach() {
    this.element = document.createElement('div');
    this.element.className = 'studio-layer';
    this.element.setAttribute('aria-hidden', 'true');
    const style = document.createElement('style');
    style.textContent = STYLE;
    document.head.append(style);
    document.body.append(this.element);
    this.frames = this.element.appendChild(document.createElement('div'));
    this.mark = this.element.appendChild(box('studio-mark'));
    this.drop(null);
  }

  frame(selected, rects, isEdit) {
    document.documentElement.classList.toggle('studio-edit', isEdit);
    const seen = new Set();
    const shown = isEdit ? rects.filter(({ id, hidden }) => selected.includes(id) && !hidden) : [];
    this.frames.replaceChildren(
      ...shown.map((rect) => {
        const copy = seen.has(rect.id);
        seen.add(rect.id);
        return put(box(copy ? 'studio-frame studio-frame-copy' : 'studio-frame'), rect);
      }),
    );
  }

  drop(mark) {
    this.mark.hidden = !mark;
    if (mark) put(this.mark, mark);
  }
}

function box(className) {
  const element = document.createElement('div');
  element.className = className;
  return element;
}

function put(element, { x, y, width, height }) {
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  return element;
}
