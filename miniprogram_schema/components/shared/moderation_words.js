/** The words of a moderator's desk: what waits, why a part is marked, how a decision is told. */
const { levelWord, TYPES, wordsOf } = require('./labels.js');
const { excerptOf } = require('./story_view.js');
const { since } = require('./time.js');
const { REPORT_REASONS, topicWord } = require('./story_words.js');

const KINDS = { story: '故事', answer: '写给故事的话', report: '有人说有问题' };

const MARKS = {
  name: '姓名', phone: '手机号', landline: '电话', id_number: '证件号', qq: 'QQ', wechat: '微信',
  email: '邮箱', link: '网址', address: '住址', school: '学校', account: '账号', risk: '风险',
};

const REASONS = [
  { code: 'none', word: '没有特别的' }, { code: 'personal', word: '个人信息' },
  { code: 'danger', word: '有危险' }, { code: 'unkind', word: '伤人的话' },
  { code: 'advert', word: '广告' }, { code: 'other', word: '其他' },
];

/** How each kind may end; a report is on something that stands already. */
const ENDS = {
  story: [
    { code: 'publish', word: '公开', hint: '一字不改' },
    { code: 'mask', word: '遮住后公开', hint: '先问作者' },
    { code: 'change', word: '请作者改', hint: '写一句给 TA' },
    { code: 'withhold', word: '不公开', hint: '写一句给 TA，并邀请来聊' },
  ],
  answer: [
    { code: 'publish', word: '公开', hint: '一字不改' },
    { code: 'withhold', word: '不公开', hint: '只有写的人知道' },
  ],
  report: [
    { code: 'publish', word: '留着', hint: '没有问题' },
    { code: 'withhold', word: '撤下', hint: '马上没有人看得到' },
  ],
};

/** What is often said to a teen, warm and plain. */
const PICKS = {
  change: [
    '谢谢你写下来。有几句别人可能会认出你，改一改就能公开。',
    '写得很真。里面有的话会让别人难受，换个说法好吗？',
  ],
  withhold: [
    '谢谢你愿意写下来。这些事先不公开，我们更想有人陪你慢慢说。',
    '你写的我们认真读了。这里先不放出来，想说的话随时来聊。',
  ],
};

/** What WeChat's check may find, by its label. */
const CHECK_LABELS = {
  10001: '广告', 20001: '时政', 20002: '色情', 20003: '辱骂', 20006: '违法', 20008: '欺诈', 20012: '低俗',
  20013: '版权',
};

const CHECK_WAITS = {
  no_visit: '作者两小时内没有来过，等 TA 再来时检查',
  not_wechat: '作者不是从微信进来的，没有办法检查',
};

/** @returns {string} how WeChat's check of an item stands, '' where the service runs without it */
function checkWord({ check }) {
  if (!check) return '';
  if (check.state === 'pass') return '微信内容检查：通过';
  if (check.state === 'review') return '微信内容检查：拿不准，请你来定';
  if (check.state === 'risky') {
    const label = CHECK_LABELS[check.label];
    const what = check.of === 'offered' ? '遮住以后仍不能公开' : '不能这样公开';
    return `微信内容检查：${what}${label ? `（${label}）` : ''}`;
  }
  const why = CHECK_WAITS[check.why] || (check.why ? '微信暂时没有回应，正在再试' : '一会儿就好');
  return `微信内容检查：还没有结果，先不能公开（${why}）`;
}

const WANTS_WORDS = new Set(['change', 'withhold']);

const reportWord = (code) => (REPORT_REASONS.find((one) => one.code === code) || { word: code }).word;

/** @returns {{text: string, isLate: boolean}} how long a decision may still take */
function dueWord(item, now) {
  if (item.due_at <= now) {
    const late = since(item.due_at, now);
    return { text: late ? `过了 ${late}` : '该读了', isLate: true };
  }
  return { text: `还有 ${since(now, item.due_at) || '不到 1 分钟'}`, isLate: false };
}

/** The marks of an item in words: 手机号 2 · 姓名 1. */
function marksWord(marks) {
  const counts = new Map();
  marks.filter(({ kind }) => kind !== 'risk').forEach(({ kind }) => {
    counts.set(kind, (counts.get(kind) || 0) + 1);
  });
  return [...counts].map(([kind, n]) => `${MARKS[kind] || kind} ${n}`).join(' · ');
}

function itemRow(item, now) {
  const due = dueWord(item, now);
  return {
    key: `${item.kind} ${item.id}`,
    id: item.id,
    kind: item.kind,
    kindWord: KINDS[item.kind] || item.kind,
    level: item.level,
    word: levelWord(item.level),
    types: wordsOf(TYPES, item.types).join('、'),
    title: item.title || '',
    excerpt: excerptOf(item.text, 60),
    topic: topicWord(item.topic),
    about: [KINDS[item.kind], topicWord(item.topic), item.animal].filter(Boolean).join(' · '),
    marks: marksWord(item.marks || []),
    reports: (item.reports || []).map(reportWord).join('、'),
    due: due.text,
    isLate: due.isLate,
    holder: item.mine ? '你在读' : item.holder && `${item.holder}在读`,
    isOthers: Boolean(item.holder) && !item.mine,
  };
}

module.exports = {
  ENDS, KINDS, MARKS, PICKS, REASONS, WANTS_WORDS, checkWord, dueWord, itemRow, marksWord,
};
