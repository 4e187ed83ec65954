/** A page as a whole: a new one, one from a file, its dataset. */
import { freshId } from './ids.js';

export const MODULE = 'nuanxinmiao';
export const AUDIENCES = [
  { value: 'teen', label: '同学' },
  { value: 'staff', label: '工作人员' },
  { value: 'anyone', label: '所有人' },
];
export const NAVS = [
  { value: '', label: '不显示' },
  { value: 'home', label: '首页' },
  { value: 'chat', label: '聊聊' },
  { value: 'mood', label: '心情' },
  { value: 'stories', label: '故事' },
  { value: 'my', label: '我的' },
];
const PAGE_ID = /^[a-z][a-z0-9_]{1,39}$/;

export const isPageId = (id) => PAGE_ID.test(id);
export const audienceName = (value) =>
  AUDIENCES.find((one) => one.value === value)?.label ?? value ?? '';

export function blankPage({ id, label, audience = 'teen' }) {
  return {
    type: 'PAGE',
    component: 'Page',
    module: MODULE,
    id,
    label,
    attributes: { title: label, audience, nav: '', fill: false },
    dataset: { state: {}, params: {}, query: {} },
    items: [],
    listeners: [],
  };
}

/** A page id nobody has taken: `teen_k3f9`. */
export function freshPageId(pages, audience, random = Math.random) {
  const used = new Set(pages.map((one) => one.page));
  return freshId(used, audience === 'staff' ? 'desk' : audience, random);
}

/** The same page under another id and name; where it names itself as a `page`, it goes on doing so. */
export function renamed(page, id, label) {
  const { attributes, ...rest } = namingItself(page, page.id, id);
  return { ...rest, id, label, attributes: { ...attributes, title: label } };
}

function namingItself(value, from, to) {
  if (Array.isArray(value)) return value.map((one) => namingItself(one, from, to));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => (
    [key, key === 'page' && held === from ? to : namingItself(held, from, to)]
  )));
}

export const datasetOf = (page, part) => page.dataset?.[part] ?? {};

export function withDataset(page, part, change) {
  return { ...page, dataset: { ...page.dataset, [part]: change(datasetOf(page, part)) } };
}

export function exportText(page) {
  return `${JSON.stringify(page, null, 2)}\n`;
}

/** A page from the text of a file. Throws an Error with a Chinese reason. */
export function importPage(text) {
  if (text.length > 300 * 1024) throw new Error('文件太大：一个页面最多 300 KB。');
  let page;
  try {
    page = JSON.parse(text);
  } catch {
    throw new Error('这个文件不是 JSON，可能没有下载完整。');
  }
  if (page === null || typeof page !== 'object' || page.component !== 'Page' || !Array.isArray(page.items)) {
    throw new Error('这个文件不是一个页面（CALS 里 component 应为 Page，并且有 items）。');
  }
  const blank = blankPage({ id: '', label: page.label ?? '导入的页面' });
  return {
    ...blank, ...page,
    attributes: { ...blank.attributes, ...page.attributes },
    dataset: { ...blank.dataset, ...page.dataset },
  };
}
