// What the page may ask about the device: window, theme, network, and the few things it can do.

import { currentRecord } from '../pages.js';
import { onThemeChange as watchTheme, theme } from '../theme.js';
import { api, channel } from './promise.js';

const SDK_VERSION = '3.6.0';
const network = channel();
const themes = channel();
const sizes = channel();

window.addEventListener('online', () =>
  network.emit({ isConnected: true, networkType: 'unknown' }),
);
window.addEventListener('offline', () => network.emit({ isConnected: false, networkType: 'none' }));
window.addEventListener('resize', () =>
  sizes.emit({ size: { windowWidth: window.innerWidth, windowHeight: window.innerHeight } }),
);
watchTheme(themes.emit);

export function getWindowInfo() {
  const width = document.documentElement.clientWidth;
  const bar = currentRecord()?.bar?.offsetHeight ?? 0;
  const height = window.innerHeight;
  return {
    pixelRatio: window.devicePixelRatio,
    screenWidth: width,
    screenHeight: height,
    windowWidth: width,
    windowHeight: height - bar,
    statusBarHeight: 0,
    screenTop: bar,
    safeArea: { left: 0, right: width, top: 0, bottom: height, width, height },
  };
}

export function getAppBaseInfo() {
  return {
    SDKVersion: SDK_VERSION,
    language: 'zh_CN',
    version: '8.0.0',
    theme: theme(),
    host: { env: 'h5' },
    enableDebug: false,
  };
}

export const getDeviceInfo = () => ({
  platform: 'h5',
  system: 'Browser',
  brand: '',
  model: '',
  benchmarkLevel: -1,
});

export const getSystemInfoSync = () => ({
  ...getWindowInfo(),
  ...getAppBaseInfo(),
  ...getDeviceInfo(),
});
export const getSystemInfo = api('getSystemInfo', getSystemInfoSync);

// There is no capsule button in a browser: an empty box at the right edge.
export function getMenuButtonBoundingClientRect() {
  const right = document.documentElement.clientWidth;
  return { width: 0, height: 32, top: 6, bottom: 38, left: right, right };
}

export const onThemeChange = themes.on;
export const offThemeChange = themes.off;
export const onWindowResize = sizes.on;
export const offWindowResize = sizes.off;
export const onNetworkStatusChange = network.on;
export const offNetworkStatusChange = network.off;
export const getNetworkType = api('getNetworkType', () => ({
  networkType: navigator.onLine ? 'unknown' : 'none',
}));

export const makePhoneCall = api('makePhoneCall', ({ phoneNumber }) => {
  const link = document.createElement('a');
  link.href = `tel:${String(phoneNumber).replace(/[^\d+*#,-]/g, '')}`;
  link.click();
});

export const getRandomValues = api('getRandomValues', ({ length }) => ({
  randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer,
}));

export const setClipboardData = api('setClipboardData', ({ data }) =>
  navigator.clipboard.writeText(data).then(() => ({})),
);
export const getClipboardData = api('getClipboardData', async () => ({
  data: await navigator.clipboard.readText(),
}));

export const vibrateShort = api('vibrateShort', () => {});
export const vibrateLong = api('vibrateLong', () => {});
export const hideKeyboard = api('hideKeyboard', () => document.activeElement?.blur());
export const onKeyboardHeightChange = () => {};
export const offKeyboardHeightChange = () => {};
