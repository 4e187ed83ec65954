// Registers the pages and components of the mini-program with glass-easel's adapter. WeChat gives
// App, Page, Component and Behavior as globals that know which file is running; so does this.

import * as glassEasel from 'glass-easel';
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter';
import { WebBackend } from './backend.js';

const environment = new MiniProgramEnv();
const space = environment.createCodeSpace('main', true);
export const backend = new WebBackend();
const associated = environment.associateBackend(backend);

let running = null;
let application = {};

/** Everything the build found, by key; pages look here for their settings. */
export const units = {};

/** @param {{units: object, templates: object, runApp: function}} parts what the build made. */
export function register(parts) {
  keepIds();
  space.setOverallBehavior(readyAfterAttached()._$);
  // Warnings are for who writes a block (npm run build -- --dev), not for who reads the page.
  if (process.env.NODE_ENV === 'production') glassEasel.addGlobalWarningListener(() => false);
  Object.assign(units, parts.units);
  parts.runApp();
  for (const [key, unit] of Object.entries(units)) {
    const isComponent = unit.kind === 'component';
    space.addComponentStaticConfig(key, { ...unit.json, component: isComponent });
    space.addCompiledTemplate(key, {
      groupList: parts.templates,
      content: parts.templates[key],
      fallbackListenerOnNativeNode: true,
    });
    if (unit.scope) space.addStyleSheet(key, undefined, unit.scope);
    running = key;
    unit.run();
  }
  running = null;
}

export const createPageRoot = (key) => associated.createRoot('wx-page', space, key);

export function App(definition) {
  application = definition;
}

export const getApp = () => application;

export function Page(definition) {
  space.component(running).pageDefinition(withoutNativeBehaviors(definition)).register();
}

export function Component(definition) {
  const unit = units[running];
  const isolation =
    definition.options?.styleIsolation ?? (definition.options?.addGlobalClass && 'apply-shared');
  if (unit.kind === 'component' && isolation && !unit.json.styleIsolation) {
    space.addComponentStaticConfig(running, {
      ...unit.json,
      component: true,
      styleIsolation: isolation,
    });
  }
  space.component(running).definition(withoutNativeBehaviors(definition)).register();
}

export function Behavior(definition) {
  return space.behavior().definition(withoutNativeBehaviors(definition)).register();
}

// 'wx://form-field' and its kind are promises WeChat's own code keeps; glass-easel knows none.
function withoutNativeBehaviors(definition) {
  if (!definition.behaviors) return definition;
  return {
    ...definition,
    behaviors: definition.behaviors.filter((one) => typeof one !== 'string'),
  };
}

// glass-easel knows 'attached'; that the first drawing is done, 'ready', is for the host to say.
function readyAfterAttached() {
  return space
    .behavior()
    .lifetime('attached', function attached() {
      queueMicrotask(() => this._$.triggerLifetime('ready', []));
    })
    .register();
}

// The adapter leaves ids out of the document, but '#id' in a style sheet, aria-labelledby and
// scroll-into-view all need them there, as they were written.
function keepIds() {
  const prepare = space.prepareComponentOptions.bind(space);
  space.prepareComponentOptions = (...args) => {
    const [options, isolation] = prepare(...args);
    return [{ ...options, writeIdToDOM: true, idPrefixGenerator: null }, isolation];
  };
}
