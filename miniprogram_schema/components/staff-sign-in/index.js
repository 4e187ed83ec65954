/** First sign-in on this device: the invitation from a coordinator and the name teens will see. */
const NAME_LIMIT = 20;

Component({
  properties: {
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: { invitation: '', name: '', nameLimit: NAME_LIMIT, ready: false },
  methods: {
    onInput(event) {
      const { field } = event.currentTarget.dataset;
      const typed = { invitation: this.data.invitation, name: this.data.name, [field]: event.detail.value };
      this.setData({ ...typed, ready: Boolean(typed.invitation.trim() && typed.name.trim()) });
    },

    onJoin() {
      if (!this.data.ready || this.data.busy) return;
      this.triggerEvent('join', { invitation: this.data.invitation.trim(), name: this.data.name.trim() });
    },
  },
});
