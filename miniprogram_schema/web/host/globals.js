// The names a mini-program's file may use without importing them; esbuild puts them in place.

export { App, Behavior, Component, Page, getApp } from './runtime.js';
export { getCurrentPages } from './pages.js';
export { wx } from './wx/index.js';
