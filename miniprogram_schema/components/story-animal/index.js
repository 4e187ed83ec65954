/** Under which animal's name a story stands. */
const { ANIMALS, faceOf } = require('../shared/animals.js');

Component({
  properties: {
    animal: { type: String, value: '' },
  },
  data: { animals: ANIMALS.map((name) => ({ name, face: faceOf(name) })) },
  methods: {
    onChoose(event) {
      this.triggerEvent('choose', { animal: event.currentTarget.dataset.name });
    },
  },
});
