/**
 * A place: in words always, as a point on the map only where the person picks one. Where the device is
 * is never asked for.
 */
Component({
  properties: {
    label: { type: String, value: '地点' },
    /** null | {words, latitude?, longitude?} */
    place: { type: Object, value: null },
  },
  data: { canPick: false, hasPoint: false, words: '', problem: '' },
  observers: {
    place(place) {
      this.setData({ words: place ? place.words || '' : '', hasPoint: Boolean(place && 'latitude' in place) });
    },
  },
  lifetimes: {
    attached() {
      this.setData({ canPick: wx.canIUse('chooseLocation') });
    },
  },
  methods: {
    onWords(event) {
      const { latitude, longitude } = this.data.place || {};
      const words = event.detail.value;
      // A point without its name says nothing to a person, so it goes with the last word.
      const isWhole = words.trim() && latitude !== undefined;
      this.tell(isWhole ? { words, latitude, longitude } : { words });
    },

    async onPick() {
      this.setData({ problem: '' });
      try {
        const { name, address, latitude, longitude } = await wx.chooseLocation({});
        const words = [name, address].filter(Boolean).join('，') || '地图上的一点';
        this.tell({ words, latitude, longitude });
      } catch (error) {
        const isClosed = /cancel/.test((error && error.errMsg) || '');
        this.setData({ problem: isClosed ? '' : '地图现在打不开，用文字写下地点就好。' });
      }
    },

    onForget() {
      this.tell({ words: this.data.words });
    },

    tell(place) {
      this.triggerEvent('change', { place });
    },
  },
});
