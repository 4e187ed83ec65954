/**
 * The question before a photo or a place is picked for the first time in WeChat, in plain words. A no is
 * as easy as a yes and costs nothing but that picture or point. Whoever shows it watches
 * `services.privacy` and puts it there while that asks.
 */
const AGREE = 'privacy-agree';

Component({
  methods: {
    onGuide() {
      getApp().services.privacy.openGuide();
    },
    onAgree() {
      getApp().services.privacy.agree(AGREE);
    },
    onRefuse() {
      getApp().services.privacy.refuse();
    },
  },
});
