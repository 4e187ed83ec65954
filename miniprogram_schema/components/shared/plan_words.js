/** The five parts of a safety plan, in the words of the screen, and examples to begin with. */
const PLAN_PARTS = [
  {
    name: 'signs', title: '我快撑不住的时候，会这样', short: '会这样',
    lead: '身体或心里的小信号。认得出来，就能早一点照顾自己。',
    placeholder: '比如：一直睡不着', examples: ['睡不着', '不想说话', '心跳很快', '总想躲起来'],
  },
  {
    name: 'helps', title: '能让我好一点的事', short: '能让我好一点',
    lead: '自己就能做的，越小越好。',
    placeholder: '比如：听那首歌', examples: ['听歌', '用凉水洗脸', '抱着枕头', '出门走一圈', '画画'],
  },
  {
    name: 'places', title: '让我安心的地方', short: '可以去',
    lead: '有人在、亮着灯，或者你喜欢的地方。',
    placeholder: '比如：楼下便利店', examples: ['客厅', '图书馆', '操场', '奶奶家'],
  },
  {
    name: 'people', title: '我可以找的人', short: '可以找',
    lead: '谁在的时候，你会安心一点？电话可以不写。',
    placeholder: '怎么叫 TA，比如：小姨', examples: [],
  },
  {
    name: 'reasons', title: '我想留住的', short: '想留住的',
    lead: '人、动物、想做的事、还没看完的故事，都算。',
    placeholder: '比如：我的猫', examples: ['家里的小动物', '一个朋友', '想去的地方', '没追完的故事'],
  },
];

/** What is shown in a hard moment, in the order it is of use. */
const IN_NEED = ['helps', 'places', 'people', 'reasons'];

const partOf = (name) => PLAN_PARTS.find((part) => part.name === name);

/** The parts of a plan that hold something. @param {any} sections @param {string[]} names */
function filledParts(sections, names) {
  return names
    .map((name) => ({ name, title: partOf(name).short, entries: sections[name] || [] }))
    .filter((part) => part.entries.length);
}

module.exports = { IN_NEED, PLAN_PARTS, filledParts, partOf };
