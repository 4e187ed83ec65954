/**
 * The Chinese words for the codes of the server (nlp/labels.py). Levels, types and reasons are for
 * staff only; no block that a teen sees may import this module.
 */
const { FEELINGS } = require('./feelings.js');
const { TOPICS } = require('./topics.js');

const LEVELS = [
  { word: '平稳', hint: '日常聊天' },
  { word: '难受', hint: '有明显的难过或压力' },
  { word: '高风险', hint: '有伤害自己、被伤害或伤害别人的表达' },
  { word: '危急', hint: '有计划、手段、时间，或正在发生' },
];

const TYPES = {
  suicide: '自杀', self_harm: '自伤', abuse: '被打被虐待', sexual: '性侵害', bullying: '欺凌',
  eating: '进食', violence: '伤害他人', runaway: '离家',
};

const NEEDS = {
  be_heard: '想被听见', advice: '想要建议', person: '想和真人说', information: '想了解信息',
  nothing: '没有特别的需要',
};

const TIERS = { listener: '暖心师', counsellor: '咨询师' };

/** What each rule of nlp/rules/ looks for, for the list of reasons. */
const RULES = {
  wish_to_die: '说想死', passive_wish: '不想存在了', self_harm: '伤害自己', method_question: '问方法',
  means_at_hand: '手边有东西', time_set: '定了时间', at_place: '在危险的地方', farewell: '告别',
  giving_away: '把东西送人', done_already: '已经做了', weapon: '带着凶器', violence: '要伤害别人',
  abuse: '被打被虐待', abuse_now: '正在被打', sexual_approach: '性侵害', blackmail: '被威胁',
  bullying: '被欺负', eating: '进食的行为', runaway: '要离家', runaway_danger: '离家有危险',
  third_person: '说的是朋友',
};

/** Who answers the teen, as told on the desk. */
const SPEAKERS = { ai: 'AI ', ...TIERS };

const ROLES = { ...TIERS, supervisor: '督导', coordinator: '运营' };

const CLOSING_RISKS = [
  { code: 'A', word: '没有风险', hint: '日常困扰，聊完平稳' },
  { code: 'B', word: '轻微', hint: '难受，但安全，有人陪' },
  { code: 'C', word: '需要关注', hint: '有过念头，没有计划，愿意再联系' },
  { code: 'D', word: '高', hint: '有念头和部分计划，或正被伤害，已转接或要回访' },
  { code: 'E', word: '正在发生', hint: '有立即的危险，已报警、急救或交给督导' },
];

const CLOSING_ACTIONS = {
  listened: '倾听陪伴', grounding: '一起做了稳定练习', safety_plan: '一起写了安全计划',
  people: '找到了身边的人', hotline: '给了热线', handed_over: '转接了', reported: '已上报',
};

/** What has happened, of an alert; and who has been told of it by its third step. */
const ALERT_KINDS = {
  risk: '说了让人担心的话', silence: '说了很重的话，之后没有再出声', answer: '等了很久，还没有人回答',
  teen: '有人来陪 TA 了，TA 不在',
};
const ALERT_STEPS = { 2: '已请督导留意', 3: '已请所有人留意' };

/** Of a notice to the outside that did not get there: why, and who was to be told by its step. */
const LETTER_FAULTS = {
  timeout: '对方太久没有回应', connection: '连不上，或中途断开', request: '没能发出去',
  busy: '微信忙', unreachable: '微信没有回应', quota: '微信今天的次数用完了', misconfigured: '微信的设置不对',
  bad_template: '微信的消息模板改过了，请运营重设',
};
const LETTER_STEPS = { 1: '值班的咨询师', 2: '督导', 3: '所有人' };

/** Word of a code; an unknown code (a newer server) is shown as it is. */
const wordOf = (words, code) => words[code] || code;
const wordsOf = (words, codes) => (codes || []).map((code) => wordOf(words, code));
const levelWord = (level) => (LEVELS[level] || LEVELS[0]).word;
const optionsOf = (words) => Object.keys(words).map((code) => ({ code, word: words[code] }));

module.exports = {
  ALERT_KINDS, ALERT_STEPS, LETTER_FAULTS, LETTER_STEPS,
  CLOSING_ACTIONS, CLOSING_RISKS, FEELINGS, LEVELS, NEEDS, ROLES, RULES, SPEAKERS, TIERS, TOPICS, TYPES,
  levelWord, optionsOf, wordOf, wordsOf,
};
