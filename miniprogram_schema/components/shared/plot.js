/** Numbers as heights and widths in per cent, and the same in words for who does not see them. */
const { fieldOf, listOf, wordsOf } = require('./plain.js');

const MOST_POINTS = 60;
/** A line keeps this much room above and below, in per cent: for its dots, or for its numbers too. */
const MARGIN = 8;
const MARGIN_NAMED = 18;
/** So many points still have room for their numbers and names on a phone. */
const MOST_NAMED = 7;
const OPEN = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100' preserveAspectRatio='none'>";
const PEN = "<g fill='none' stroke='#000' stroke-width='2.5' stroke-linejoin='round' stroke-linecap='round'>";

const short = (number) => String(Math.round(number * 100) / 100);

/** @returns {{key: number, label: string, value: number|null, told: string}[]} */
function pointsOf(items, unit) {
  return listOf(items).slice(0, MOST_POINTS).map((item, key) => {
    const given = fieldOf(item, 'value');
    const value = typeof given === 'string' && given.trim() ? Number(given) : given;
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    return { key, label: wordsOf(fieldOf(item, 'label')), value: isNumber ? value : null, told: isNumber ? `${short(value)}${unit}` : '没有数' };
  });
}

/** The longest bar fills the width; what is below nothing has no bar and is told by its number. */
function barsOf(points) {
  const most = Math.max(0, ...points.map(({ value }) => value || 0));
  return points.map((point) => ({ ...point, width: most && point.value > 0 ? Math.max(1, Math.round((100 * point.value) / most)) : 0 }));
}

/**
 * @returns {{isNamed: boolean, dots: any[], top: string, bottom: string, names: any[], strokes: number[][][]}}
 *   dots at x and y in per cent from the lower left; strokes are runs of dots with no gap between them;
 *   `isNamed` when each dot has room for its number, else top and bottom tell the scale
 */
function lineOf(points, unit) {
  const values = points.map(({ value }) => value).filter((value) => value !== null);
  if (!values.length) return { isNamed: false, dots: [], top: '', bottom: '', names: [], strokes: [] };
  const low = Math.min(0, ...values);
  const high = Math.max(...values, low + 1);
  const x = (index) => (points.length > 1 ? (100 * (index + 0.5)) / points.length : 50);
  const isNamed = points.length <= MOST_NAMED;
  const margin = isNamed ? MARGIN_NAMED : MARGIN;
  const y = (value) => margin + ((100 - 2 * margin) * (value - low)) / (high - low);
  const placed = points.map((point, index) => ({
    ...point, x: x(index), y: point.value === null ? null : y(point.value), isLow: isValley(points, index),
  }));
  return {
    isNamed,
    dots: placed.filter((dot) => dot.y !== null),
    top: `${short(high)}${unit}`,
    bottom: `${short(low)}${unit}`,
    names: isNamed ? points : [points[0], points[points.length - 1]],
    strokes: runsOf(placed),
  };
}

/** The number of a valley stands below its dot, where the line does not cross it. */
function isValley(points, index) {
  const around = [points[index - 1], points[index + 1]].filter((point) => point && point.value !== null);
  return around.length > 0 && around.every(({ value }) => value > points[index].value);
}

function runsOf(placed) {
  const runs = [[]];
  placed.forEach((dot) => (dot.y === null ? runs.push([]) : runs[runs.length - 1].push([dot.x, dot.y])));
  return runs.filter((run) => run.length > 1);
}

/**
 * A mask and not a picture, so that its colour is the theme's by day and by night. Only numbers of ours
 * go into it.
 */
function maskOf(strokes) {
  if (!strokes.length) return '';
  const corners = (run) => run.map(([x, y]) => `${x.toFixed(2)},${(100 - y).toFixed(2)}`).join(' ');
  const lines = strokes.map((run) => `<polyline points='${corners(run)}' vector-effect='non-scaling-stroke'/>`);
  const svg = `${OPEN}${PEN}${lines.join('')}</g></svg>`.replace(/[<>#]/g, encodeURIComponent);
  const image = `url("data:image/svg+xml,${svg}")`;
  return `-webkit-mask-image:${image};mask-image:${image}`;
}

/** @returns {string} every number, and which is the highest */
function toldOf(title, points) {
  const head = title ? `${title}：` : '';
  if (!points.length) return `${head}还没有数。`;
  const numbers = points.map(({ label, told }) => `${label} ${told}`.trim()).join('，');
  const known = points.filter(({ value }) => value !== null);
  const highest = known.length > 2 ? known.reduce((best, one) => (one.value > best.value ? one : best)) : null;
  return `${head}${numbers}。${highest ? `最高的是${highest.label || '这一个'}，${highest.told}。` : ''}`;
}

module.exports = { barsOf, lineOf, maskOf, pointsOf, toldOf };
