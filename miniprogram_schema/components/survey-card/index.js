/**
 * Two small questions, from 1 to 5, that may always be left: how hard it is, and whether there is
 * somebody to tell. The same words before and after, so that the two can be compared.
 */
const HARD = {
  name: 'hard',
  ask: '现在心里有多难受？',
  words: ['不难受', '有一点', '挺难受', '很难受', '特别难受'],
  hasFace: true,
};
const HEARD = {
  name: 'heard',
  ask: '心里的话，有人可以说吗？',
  words: ['没有人', '很少有', '有时有', '多半有', '有人说'],
  hasFace: false,
};

const LEADS = {
  before: '愿意答两个小问题吗？',
  after: '最后两个小问题，想答就答',
};

const optionsOf = ({ words }) => words.map((word, i) => ({ value: i + 1, word }));
const QUESTIONS = [HARD, HEARD].map((question) => ({ ...question, options: optionsOf(question) }));

Component({
  properties: {
    when: { type: String, value: 'before' },
    folded: { type: Boolean, value: false },
  },
  data: { questions: QUESTIONS, answers: /** @type {any} */ ({}), opened: false, lead: LEADS.before, isWhole: false },
  observers: {
    when(when) {
      this.setData({ lead: LEADS[when] || LEADS.before });
    },
  },
  methods: {
    onOpen() {
      this.setData({ opened: true });
      this.triggerEvent('open');
    },

    onChoose(event) {
      const { name, value } = event.currentTarget.dataset;
      const answers = { ...this.data.answers, [name]: value };
      this.setData({ answers, isWhole: QUESTIONS.every((question) => answers[question.name]) });
    },

    onAnswer() {
      const { answers, isWhole } = this.data;
      if (isWhole) this.triggerEvent('answer', { hard: answers.hard, heard: answers.heard });
    },

    onSkip() {
      this.triggerEvent('skip');
    },
  },
});
