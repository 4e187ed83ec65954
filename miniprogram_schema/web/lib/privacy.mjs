// What WeChat wants to be told before the client may ask for something personal. It is read from the
// scripts that go into the package, so a block that is taken out takes its declaration with it. An
// interface is seen where it is written as `wx.name`, as all of ours are.

/** Interfaces that WeChat refuses unless app.json lists them in `requiredPrivateInfos`. */
const LISTED = [
  'chooseAddress',
  'chooseLocation',
  'choosePoi',
  'getFuzzyLocation',
  'getLocation',
  'onLocationChange',
  'startLocationUpdate',
  'startLocationUpdateBackground',
];

const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** What `permission` says when WeChat asks for the place; at most 30 characters. */
const PLACE = '只在你自己选地点时打开地图，不会记下你在哪里。';

/** Kinds of information of the console's privacy guide, by the interfaces that need them there. */
const GUIDE = new Map([
  ['位置信息', LISTED],
  ['选中的照片或视频信息', ['chooseImage', 'chooseMedia', 'chooseVideo']],
  ['选中的文件', ['chooseMessageFile']],
  ['相册（仅写入）权限', ['saveImageToPhotosAlbum', 'saveVideoToPhotosAlbum']],
  ['摄像头', ['createCameraContext', 'createVKSession']],
  ['麦克风', ['getRecorderManager', 'startRecord', 'joinVoIPChat']],
  ['剪切板', ['getClipboardData', 'setClipboardData']],
  ['蓝牙', ['openBluetoothAdapter']],
  ['通讯录（仅写入）权限', ['addPhoneContact']],
  ['日历（仅写入）权限', ['addPhoneCalendar', 'addPhoneRepeatCalendar']],
  ['微信运动步数', ['getWeRunData']],
]);

/**
 * @param {string[]} scripts the sources that go into the package
 * @returns {{settings: object, guide: [string, string[]][]}} `settings` belong into app.json; `guide`
 *   is what the owner declares in WeChat's console, as kind → the interfaces asked for
 */
export function privacyOf(scripts) {
  const asked = new Set(
    scripts.flatMap((source) =>
      [...source.replace(COMMENT, '').matchAll(/\bwx\.(\w+)/g)].map((match) => match[1]),
    ),
  );
  const guide = [...GUIDE]
    .map(([kind, names]) => [kind, names.filter((name) => asked.has(name))])
    .filter(([, names]) => names.length);
  const places = LISTED.filter((name) => asked.has(name));
  const settings = places.length && {
    requiredPrivateInfos: places,
    permission: { 'scope.userLocation': { desc: PLACE } },
  };
  return { settings: { __usePrivacyCheck__: true, ...settings }, guide };
}
