/** The panels of the desk, one form each. What was filled in goes out under the panel's name. */
const MAY_LOWER = ['counsellor', 'supervisor'];

/** The panels that want one sentence: what it is for, and what is often said. */
const SENTENCES = {
  decline: {
    title: '这次不接', label: '为什么（对方会看到）', submit: '告诉对方',
    lead: '不接也没关系，同学还在对方手上。', hint: '例如：刚接了一位，手上顾不过来',
    picks: ['手上顾不过来了', '正要休息', '更适合咨询师来'],
  },
  alert: {
    title: '处理好了', label: '做了什么', submit: '记下并关掉',
    lead: '写一句，后面的人好接上。', hint: '例如：已请咨询师接手，约好今晚再看',
    picks: ['已经在和同学聊', '已转给咨询师', '已联系学校或家人', '已报警或叫了急救'],
  },
  letter: {
    title: '放到一边', label: '为什么不用再送', submit: '放到一边',
    lead: '放到一边以后不会再送，这一句会留着。', hint: '例如：已打电话请值班的咨询师来看',
    picks: ['已经打电话告诉了', '已经有人在处理', '对方的地址换了'],
  },
  outcome: {
    title: '随访结果', label: '同学现在怎么样', submit: '记下',
    lead: '记下以后，这次随访就算完成了。', hint: '例如：已经和班主任谈过，睡得好一些',
    picks: ['平稳，有人陪', '还在难受，约好再聊', '没有联系上'],
  },
};

Component({
  properties: {
    sheet: { type: String, value: '' },
    subject: { type: Object, value: null },
    talk: { type: Object, value: null },
    me: { type: Object, value: null },
    colleagues: { type: Array, value: [] },
    error: { type: String, value: '' },
    busy: { type: String, value: '' },
  },
  data: { sentence: null, mayLower: false },
  observers: {
    'sheet, me': function show(sheet, me) {
      const sentence = SENTENCES[sheet] || null;
      this.setData({ sentence, mayLower: Boolean(me) && MAY_LOWER.includes(me.role) });
    },
  },
  methods: {
    submit(name, detail) {
      this.triggerEvent('submit', { name, detail });
    },
    onSubmit(event) {
      this.submit(this.data.sheet, event.detail);
    },
    onDuty(event) {
      this.submit('duty', event.detail);
    },
    onRename(event) {
      this.submit('rename', event.detail);
    },
    onNotice() {
      this.submit('notice', {});
    },
    onEnd(event) {
      this.submit('end-shift', event.detail);
    },
    onClose() {
      this.triggerEvent('close');
    },
  },
});
