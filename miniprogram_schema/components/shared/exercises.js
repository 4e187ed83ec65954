/** The four small exercises that the AI or a person may send into a talk, by their codes. */
const EXERCISES = {
  breath: { title: '慢慢呼吸', hint: '跟着圆圈，大约一分钟' },
  senses: { title: '看看身边', hint: '用五种感觉，回到这里' },
  cold: { title: '凉水', hint: '用一点凉水，让身体慢下来' },
  small: { title: '小事清单', hint: '挑一件做得到的小事' },
};

const HELPED = { yes: '有帮助', a_bit: '有一点', no: '没有' };

const exerciseTitle = (code) => (EXERCISES[code] ? EXERCISES[code].title : '小练习');

module.exports = { EXERCISES, HELPED, exerciseTitle };
