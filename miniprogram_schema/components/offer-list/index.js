/** Talks that a colleague asks the member to take: from whom, how it stands, and what to know. */
const { offerClock } = require('../shared/clocks.js');
const { levelWord, TOPICS, TYPES, wordsOf } = require('../shared/labels.js');

function rowOf(offer, now) {
  return {
    id: offer.conversation,
    by: offer.by_name,
    level: offer.level,
    word: levelWord(offer.level),
    about: [...wordsOf(TYPES, offer.types), ...wordsOf(TOPICS, offer.topics)].join('、'),
    note: offer.note,
    manner: offer.warm ? `${offer.by_name}会先在旁边陪着` : `接过来以后，${offer.by_name}就离开`,
    left: offerClock(offer.expires_at, now),
  };
}

Component({
  properties: {
    offers: { type: Array, value: [] },
    now: { type: Number, value: 0 },
    busy: { type: Boolean, value: false },
  },
  data: { rows: [] },
  observers: {
    'offers, now': function show(offers, now) {
      this.setData({ rows: offers.map((offer) => rowOf(offer, now)) });
    },
  },
  methods: {
    onAccept(event) {
      if (!this.data.busy) this.triggerEvent('accept', { id: event.currentTarget.dataset.id });
    },
    onDecline(event) {
      if (!this.data.busy) this.triggerEvent('decline', { id: event.currentTarget.dataset.id });
    },
  },
});
