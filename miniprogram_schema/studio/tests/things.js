/** Small pages, blocks and methods that the tests share, and a clock that is moved by hand. */
export { FakeClock } from '../../weapp/tests/fakes.js';
import { createCatalog } from '../src/model/catalog.js';
import { methodsOf } from '../src/model/methods.js';
import { blankPage } from '../src/model/page.js';

const property = (title, more = {}) => ({ type: 'string', title, default: '', ...more });
const meta = (name, title, category, properties = {}, more = {}) => ({
  name, meta: { title, category, keyWords: more.keyWords }, isContainer: Boolean(more.isContainer),
  data: { properties }, events: more.events ?? [],
});

export const catalog = createCatalog([
  meta('section', '分区', '版面', { title: property('标题') }, { isContainer: true }),
  meta('grid', '格子', '版面', {}, { isContainer: true }),
  meta('text', '文字', '文字图片', { text: property('文字'), tone: property('颜色', { enum: ['ink', 'soft'], 'x-props': { options: [{ label: '正文', value: 'ink' }, { label: '浅一些', value: 'soft' }] } }) }, { keyWords: ['段落'] }),
  meta('action-button', '按钮', '按钮导航', { text: property('文字') }, { events: [{ name: 'tap', title: '点按钮', detail: {} }] }),
  meta('data-list', '列表', '数据', {
    items: { type: 'array', title: '内容', default: [], 'x-component': 'expression' }, state: property('读取状态'),
    titleField: property('标题用哪个字段', { default: 'title' }), textField: property('文字用哪个字段'), keyField: property('编号用哪个字段'),
  }, { events: [{ name: 'select', title: '点一行', detail: { item: 'object', index: 'integer' } }, { name: 'again', title: '再试一次' }] }),
  { ...meta('inner-part', '里面的', '数据'), meta: { title: '里面的', category: '数据', visible: [] } },
]);

export const methods = methodsOf({ methods: [
  {
    name: 'story.feed', title: '大家的故事', intent: 'get-list',
    calleeBody: { config: { who: ['teen'] } },
    inParams: { type: 'object', properties: { topic: { anyOf: [{ enum: ['family', 'school'] }, { type: 'null' }], default: null }, before: { type: 'integer' } }, required: ['before'] },
    outParams: { $ref: '#/$defs/Feed', $defs: {
      Feed: { type: 'object', properties: { stories: { type: 'array', title: '故事', items: { $ref: '#/$defs/Story' } }, more: { type: 'boolean' } } },
      Story: { type: 'object', properties: { story: { type: 'string' }, title: { type: 'string', title: '标题' }, excerpt: { type: 'string', title: '开头' }, at: { type: 'integer' } } },
    } },
  },
  { name: 'mood.save', title: '记下心情', intent: 'create', calleeBody: { config: { who: ['teen'] } }, inParams: { type: 'object', properties: { face: { type: 'integer', title: '哪张脸' } }, required: ['face'] }, outParams: { type: 'object', properties: {} } },
  { name: 'desk.own', title: '只给暖心师', intent: 'get-list', calleeBody: { config: { who: ['listener'] } }, inParams: {}, outParams: {} },
  { name: 'desk.queue', title: '等待队列', intent: 'get-list', calleeBody: { config: { who: ['listener', 'counsellor', 'supervisor'] } }, inParams: {}, outParams: {} },
] });

export const block = (component) => catalog.blocks.find((one) => one.component === component);
export const node = (id, component = 'Text', more = {}) => ({ id, component, module: 'nuanxinmiao', attributes: {}, ...more });

/** page > a(section: [a1, a2(section: [x])]), b, c */
export function family() {
  return { ...blankPage({ id: 'teen_try', label: '试试' }), items: [
    node('a', 'Section', { items: [node('a1'), node('a2', 'Section', { items: [node('x')] })] }),
    node('b', 'Text', { attributes: { text: '第二段' } }),
    node('c', 'ActionButton', { attributes: { text: '按我' } }),
  ] };
}

export function memoryStore() {
  const held = new Map();
  return { get: (key) => held.get(key), set: (key, value) => held.set(key, value), remove: (key) => held.delete(key), held };
}
