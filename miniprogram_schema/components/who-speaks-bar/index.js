/**
 * Says at every moment who answers, AI or a person, and where secrecy ends. The help and leave
 * buttons live here because they must never scroll away.
 */
const SPEAKERS = {
  ai: { name: '暖心喵', tag: 'AI', doing: '在听' },
  listener: { name: '暖心师', tag: '真人', doing: '志愿者' },
  counsellor: { name: '咨询师', tag: '真人', doing: '心理咨询师' },
};

Component({
  properties: {
    speaker: { type: String, value: 'ai' },
    name: { type: String, value: '' },
    ended: { type: Boolean, value: false },
  },
  data: { who: SPEAKERS.ai, title: '暖心喵', face: '喵' },
  observers: {
    'speaker, name': function show(speaker, name) {
      const who = SPEAKERS[speaker] || SPEAKERS.ai;
      const own = speaker === 'ai' ? '' : name;
      this.setData({
        who,
        title: own ? `${who.name} ${own}` : who.name,
        face: speaker === 'ai' ? '喵' : Array.from(own || who.name)[0],
      });
    },
  },
  methods: {
    onHelp() {
      this.triggerEvent('help');
    },
    onLeave() {
      this.triggerEvent('leave');
    },
    onAbout() {
      this.triggerEvent('about');
    },
  },
});
