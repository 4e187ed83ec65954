// Faults in words for whoever draws the page.

const WORDS = {
  syntax: '这个式子读不懂。',
  operator: '用了不能用的运算符。',
  word: '用了不能用的词。',
  call: '只能调用列出来的函数。',
  arity: '函数的参数个数不对。',
  forbidden: '用了不能读的名字。',
  limit: '式子太长或太复杂。',
  steps: '这个式子要算的太多了。',
  result: '算出来的文字太长了。',
  kind: '值的类型不对，用了默认值。',
  unknown: '没有这个积木。',
  broken: '这个积木的内容不完整。',
  'no page': '这不是一个页面。',
  'no block is known': '页面里没有能显示的积木。',
};

export const wordsOf = (reason) => WORDS[reason] ?? '这里有点问题。';
