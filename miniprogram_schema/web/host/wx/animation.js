// wx.createAnimation: records steps; an element's 'animation' attribute then plays them, each as a
// CSS transition. Somebody who asked for less motion sees only the last step.

const TRANSFORMS = [
  'matrix',
  'matrix3d',
  'rotate',
  'rotate3d',
  'rotateX',
  'rotateY',
  'rotateZ',
  'scale',
  'scale3d',
  'scaleX',
  'scaleY',
  'scaleZ',
  'skew',
  'skewX',
  'skewY',
  'translate',
  'translate3d',
  'translateX',
  'translateY',
  'translateZ',
];
const STYLES = ['opacity', 'backgroundColor', 'width', 'height', 'left', 'right', 'top', 'bottom'];
const PLAIN_NUMBER = new Set(['opacity', 'backgroundColor']);

export function createAnimation(defaults = {}) {
  let steps = [];
  let current = { transform: [], style: {} };
  const animation = {
    step(options = {}) {
      const {
        duration = 400,
        timingFunction = 'linear',
        delay = 0,
        transformOrigin = '50% 50% 0',
      } = { ...defaults, ...options };
      steps.push({ ...current, duration, timingFunction, delay, transformOrigin });
      current = { transform: [], style: {} };
      return animation;
    },
    export() {
      const actions = steps;
      steps = [];
      return { actions };
    },
  };
  TRANSFORMS.forEach((name) => {
    animation[name] = (...values) => {
      current.transform.push(`${name}(${values.map((value) => withUnit(name, value)).join(',')})`);
      return animation;
    };
  });
  STYLES.forEach((name) => {
    animation[name] = (value) => {
      current.style[name] =
        PLAIN_NUMBER.has(name) || typeof value === 'string' ? String(value) : `${value}px`;
      return animation;
    };
  });
  return animation;
}

function withUnit(name, value) {
  if (typeof value === 'string') return value;
  if (/^(rotate(?!3d)|skew)/.test(name)) return `${value}deg`;
  return name.startsWith('translate') ? `${value}px` : String(value);
}

/** Plays what `export()` gave on an element, step after step. */
export function play(element, { actions }) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let wait = 0;
  actions.forEach((step) => {
    setTimeout(() => apply(element, step, calm), calm ? 0 : wait);
    wait += step.duration + step.delay;
  });
}

function apply(
  element,
  { transform, style, duration, timingFunction, delay, transformOrigin },
  calm,
) {
  Object.assign(element.style, {
    transition: calm ? 'none' : `all ${duration}ms ${timingFunction} ${delay}ms`,
    transformOrigin,
    ...(transform.length ? { transform: transform.join(' ') } : {}),
    ...style,
  });
}
