/**
 * The icons that a coordinator may choose. The build draws just the names that stand in the sources,
 * so a name outside this list would be an empty box; TDesign would even take one with a slash for the
 * address of a picture. Blocks therefore ask `iconOf`.
 */
const ICONS = [
  ['home', '家'], ['chat', '对话'], ['chat-heart', '倾听'], ['chat-bubble-smile', '聊聊'], ['heart', '爱心'],
  ['heart-filled', '实心爱心'], ['smile', '笑脸'], ['wry-smile', '勉强的笑'], ['gesture-applause', '鼓掌'], ['thumb-up', '点赞'],
  ['sunny', '晴天'], ['moon', '月亮'], ['cloud', '云'], ['rain-light', '小雨'], ['windy', '风'],
  ['flag', '旗子'], ['star', '星星'], ['cat', '猫'], ['doge', '狗'], ['fish', '鱼'],
  ['tea', '茶'], ['cake', '蛋糕'], ['music', '音乐'], ['earphone', '耳机'], ['sound', '声音'],
  ['palette', '画板'], ['gift', '礼物'], ['book-open', '书'], ['education', '学习'], ['lightbulb', '想法'],
  ['edit-1', '写'], ['image', '图片'], ['camera', '相机'], ['calendar', '日历'], ['time', '时间'],
  ['location', '地点'], ['call', '电话'], ['mail', '信'], ['notification', '提醒'], ['secured', '安全'],
  ['lock-on', '上锁'], ['user', '一个人'], ['usergroup', '几个人'], ['help-circle', '问号'], ['info-circle', '说明'],
  ['check-circle', '打勾'], ['chart-bar', '图表'], ['search', '查找'],
].map(([name, label]) => ({ name, label }));

const LABELS = new Map(ICONS.map(({ name, label }) => [name, label]));

/** @param {any} name @returns {string} the name where it may be shown, else nothing */
function iconOf(name) {
  return LABELS.has(name) ? name : '';
}

/** @param {any} name @returns {string} what it is called, for where it stands alone */
function labelOf(name) {
  return LABELS.get(name) || '';
}

module.exports = { ICONS, iconOf, labelOf };
