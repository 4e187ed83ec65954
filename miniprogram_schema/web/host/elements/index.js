// Registers the elements. View, text and label need no behaviour beyond host.css, except that a
// label passes a tap on to its control.

import { WxElement } from './base.js';
import { WxButton } from './button.js';
import { WxForm } from './form.js';
import { WxImage } from './image.js';
import { WxInput } from './input.js';
import { WxLabel } from './label.js';
import { WxNavigator } from './navigator.js';
import { WxPicker } from './picker.js';
import { WxRichText } from './rich_text.js';
import { WxScrollView } from './scroll_view.js';
import { WxSwitch } from './switch.js';
import { WxTextarea } from './textarea.js';

const ELEMENTS = {
  view: class extends WxElement {},
  'cover-view': class extends WxElement {},
  button: WxButton,
  form: WxForm,
  image: WxImage,
  input: WxInput,
  label: WxLabel,
  navigator: WxNavigator,
  picker: WxPicker,
  'rich-text': WxRichText,
  'scroll-view': WxScrollView,
  switch: WxSwitch,
  text: class extends WxElement {},
  textarea: WxTextarea,
};

Object.entries(ELEMENTS).forEach(([name, type]) => customElements.define(`wx-${name}`, type));
