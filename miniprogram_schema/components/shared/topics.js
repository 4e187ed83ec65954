/** What a talk or a story is about, by the codes of nlp/labels.py; words that a teen may see too. */
const TOPICS = {
  study: '学习', family: '家庭', peers: '同学朋友', bullying: '欺凌', love: '感情', body: '身体样貌',
  sleep: '睡眠', identity: '我是谁', loss: '失去', online_life: '网络', money: '钱', health: '健康',
  other: '其他',
};

module.exports = { TOPICS };
