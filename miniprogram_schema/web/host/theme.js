// Light or dark, as the device says; and the '@name' values of theme.json, which differ by theme.

const query = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();
let variables = {};
let forced = '';

export const theme = () => forced || (query.matches ? 'dark' : 'light');

/** For the studio's preview: light or dark, whatever the device says; '' gives it back. */
export function forceTheme(name) {
  forced = name;
  listeners.forEach((relay) => relay());
}

export function setThemeVariables(values = {}) {
  variables = values;
}

/** A value of app.json or of a page's settings, with '@name' looked up in the present theme. */
export function themed(value) {
  return value?.startsWith('@') ? variables[theme()]?.[value.slice(1)] : value;
}

export function onThemeChange(listener) {
  const relay = () => listener({ theme: theme() });
  query.addEventListener('change', relay);
  listeners.add(relay);
  return () => {
    query.removeEventListener('change', relay);
    listeners.delete(relay);
  };
}
