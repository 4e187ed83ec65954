/** What a tap may do, as the menus offer it, and any handler told in words. */
import safety from '../../../weapp/services/safety.js';

/** The numbers a page may call; the server refuses any other. */
export const HOTLINES = safety.HOTLINES.map(({ number }) => number);

export const HANDLERS = [
  { name: 'navigateTo', title: '打开页面', params: [{ name: 'page', title: '哪一页', type: 'page' }, { name: 'params', title: '带去的参数', type: 'params' }] },
  { name: 'redirectTo', title: '换成另一页（不能返回）', params: [{ name: 'page', title: '哪一页', type: 'page' }, { name: 'params', title: '带去的参数', type: 'params' }] },
  { name: 'navigateBack', title: '返回', params: [] },
  { name: 'setState', title: '改一个值', params: [{ name: 'name', title: '哪个变量', type: 'state' }, { name: 'value', title: '改成', type: 'value' }] },
  { name: 'toast', title: '提示一句话', params: [{ name: 'text', title: '说什么', type: 'text' }] },
  { name: 'openChat', title: '打开聊聊', params: [] },
  { name: 'callHotline', title: '拨打热线', params: [{ name: 'number', title: '号码', type: 'hotline', default: '12356' }] },
  { name: 'query', title: '再读一次数据', params: [{ name: 'name', title: '哪一份数据', type: 'query' }] },
  { name: 'copy', title: '复制一段文字', params: [{ name: 'text', title: '哪一段', type: 'text' }] },
  { name: 'scrollToTop', title: '回到顶部', params: [] },
];

/** The choices of the first menu: what the platform does, then the actions of the data source. */
export function choicesOf(methods) {
  return [
    ...HANDLERS.map((one) => ({ value: `platform.${one.name}`, title: one.title, group: '做什么' })),
    ...methods.filter((one) => !one.reads).concat(methods.filter((one) => one.reads)).map((one) => ({
      value: `dataSource.${one.name}`, title: one.title, group: '做一件事（数据源）',
    })),
  ];
}

export const choiceOf = ({ module, name }) => `${module}.${name}`;

/** A handler as it is first, when it has just been picked. */
export function handlerOf(choice) {
  const at = choice.indexOf('.');
  const [module, name] = [choice.slice(0, at), choice.slice(at + 1)];
  const known = HANDLERS.find((one) => one.name === name);
  const given = (known?.params ?? []).filter((param) => module === 'platform' && param.type !== 'params');
  return { module, name, params: Object.fromEntries(given.map((param) => [param.name, param.default ?? ''])) };
}

/** The fields of a handler's second part. */
export function paramsOf(handler, methods) {
  if (handler.module === 'platform') return HANDLERS.find((one) => one.name === handler.name)?.params ?? [];
  return methods.find((one) => one.name === handler.name)?.params ?? [];
}

/** A handler in words: `打开页面 teen_chat`. */
export function toldHandler(handler, methods = []) {
  const known = handler?.module === 'platform'
    ? HANDLERS.find((one) => one.name === handler.name)?.title
    : methods.find((one) => one.name === handler?.name)?.title;
  const params = handler?.params ?? {};
  const main = ['page', 'name', 'text', 'number'].map((key) => params[`:${key}`] ?? params[key]).find(Boolean);
  return [known ?? handler?.name ?? '什么也不做', main].filter(Boolean).join(' ');
}

/** Which events a block can be listened on: its own, and the ends of what its listeners ask for. */
export function eventsOf(block, node) {
  const own = (block?.events ?? []).map(({ name, title }) => ({ name, title: title || name }));
  const first = own.some(({ name }) => name === 'tap') ? own : own;
  const asked = (node.listeners ?? []).filter((one) => one.handler?.module === 'dataSource');
  return [...first, ...asked.flatMap(({ id, handler }) => [
    { name: `${id}.done`, title: `“${handler.name}”做好以后` },
    { name: `${id}.failed`, title: `“${handler.name}”没有做成时` },
  ])];
}

/** What `$event` holds in a listener: the fields of the event's detail. */
export function eventScope(block, eventName) {
  const event = block?.events.find((one) => one.name === eventName);
  const fields = Object.entries(event?.detail ?? {}).map(([name, type]) => ({
    text: `$event.${name}`, title: name, type: typeof type === 'string' ? type : 'any', group: '发生的事',
  }));
  if (/\.failed$/.test(eventName)) {
    fields.push({ text: '$event.message', title: '原因', type: 'string', group: '发生的事' });
  }
  return fields.map((one) => (one.type === 'integer' ? { ...one, type: 'number' } : one));
}
