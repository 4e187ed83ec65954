/**
 * The animals a teen may write under. The server knows the same list (story/animals.py), and a test
 * holds the two equal; the faces are this side's own.
 */
const FACES = {
  小鹿: '🦌', 小猫: '🐱', 小狗: '🐶', 兔子: '🐰', 小熊: '🐻', 熊猫: '🐼', 考拉: '🐨', 狐狸: '🦊',
  松鼠: '🐿️', 刺猬: '🦔', 企鹅: '🐧', 海豚: '🐬', 鲸鱼: '🐳', 海龟: '🐢', 小象: '🐘', 长颈鹿: '🦒',
  小羊: '🐑', 小马: '🐴', 水獭: '🦦', 猫头鹰: '🦉', 小鸟: '🐦', 蝴蝶: '🦋', 蜗牛: '🐌', 小鱼: '🐟',
};

const ANIMALS = Object.keys(FACES);

/** The face of an animal; one that a newer server knows gets a paw. */
const faceOf = (animal) => FACES[animal] || '🐾';

module.exports = { ANIMALS, faceOf };
