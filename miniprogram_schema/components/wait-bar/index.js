/** The way to a person: ask for one, then see place and time while the AI keeps company. */
function waitText({ position, minutes }, peopleOnline) {
  const isNext = position <= 1 && peopleOnline > 0;
  const place = isNext ? '下一个就是你' : `你排在第 ${position} 位`;
  if (minutes === null || minutes === undefined) return place;
  return minutes < 1 ? `${place}，马上就到` : `${place}，大约 ${minutes} 分钟`;
}

/** Never more hope than there is: with nobody online there is a place in the queue, and no time. */
function viewOf(waiting, peopleOnline, asking) {
  if (waiting) {
    const note = peopleOnline ? '在为你找真人，AI 陪你等' : '真人现在都不在线，有人来就接你，AI 陪你等';
    return { text: waitText(waiting, peopleOnline), note };
  }
  if (asking) return { text: '正在为你找真人…', note: 'AI 陪你等' };
  const note = peopleOnline ? '现在有真人在线' : '现在真人都不在线，可以先排着，AI 陪你等';
  return { text: '想和真人说说吗？', note };
}

Component({
  properties: {
    speaker: { type: String, value: 'ai' },
    waiting: { type: Object, value: null },
    peopleOnline: { type: Number, value: 0 },
    asking: { type: Boolean, value: false },
  },
  data: { text: '', note: '' },
  observers: {
    'waiting, peopleOnline, asking': function show(waiting, peopleOnline, asking) {
      this.setData(viewOf(waiting, peopleOnline, asking));
    },
  },
  methods: {
    onAsk() {
      this.triggerEvent('ask');
    },
  },
});
