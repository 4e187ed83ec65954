// What leads out of the preview: the network, the storage of this browser, other pages. Blocks that use
// them by themselves meet a server that never answers and a storage that is full.

const LEADS_AWAY = ['navigateTo', 'redirectTo', 'reLaunch', 'switchTab', 'navigateBack'];
const never = { abort: () => {}, onHeadersReceived: () => {}, onChunkReceived: () => {}, offChunkReceived: () => {} };

export function closeDoors(wx, bridge) {
  guard(wx, 'request', bridge, () => never);
  guard(wx, 'setStorageSync', bridge, () => {
    throw new Error('nothing is kept in a preview');
  });
  guard(wx, 'removeStorageSync', bridge, () => {});
  LEADS_AWAY.forEach((name) => {
    wx[name] = ({ url = '' } = {}) => bridge.leads(name, url);
  });
  wx.makePhoneCall = ({ phoneNumber }) => bridge.leads('makePhoneCall', phoneNumber);
}

function guard(wx, name, bridge, instead) {
  const real = wx[name];
  wx[name] = (...given) => (bridge.isReal ? real(...given) : instead(...given));
}
