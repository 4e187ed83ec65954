// Light or dark, as the device says; and the '@name' values of theme.json, which differ by theme.

const query = matchMedia('(prefers-color-scheme: dark)');
let variables = {};

export const theme = () => (query.matches ? 'dark' : 'light');

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
  return () => query.removeEventListener('change', relay);
}
