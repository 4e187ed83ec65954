// A voice for blocks that read a text aloud. WeChat has none of its own, so the name is ours: in a
// mini-program `wx.nxVoice` is undefined, and a block does without.

import { channel } from './promise.js';

const LANGUAGE = 'zh-CN';
const speech = window.speechSynthesis;
const voices = channel();
speech?.addEventListener?.('voiceschanged', () => voices.emit());

// Only one that speaks Chinese: another would spell the signs.
const chinese = () =>
  speech?.getVoices().find(({ lang }) => lang.replace('_', '-').toLowerCase().startsWith('zh'));

let spoken = null;

export const nxVoice = speech && {
  isReady: () => Boolean(chinese()),

  /** Calls `tell` when voices came or went; returns how to stop that. */
  watch(tell) {
    voices.on(tell);
    return () => voices.off(tell);
  },

  speak(text, { rate = 1, onEnd, onError }) {
    nxVoice.stop();
    const saying = new SpeechSynthesisUtterance(text);
    Object.assign(saying, { lang: LANGUAGE, voice: chinese(), rate });
    // What was stopped for something else has neither ended nor failed.
    saying.onend = () => spoken === saying && onEnd?.();
    saying.onerror = () => spoken === saying && onError?.();
    spoken = saying;
    speech.speak(saying);
  },

  stop() {
    spoken = null;
    speech.cancel();
  },
};
