/** Which members of a list kept their order: the longest run of rising numbers. */

/** @param {number[]} numbers old places in the new order. @returns {Set<number>} indexes that stayed */
export function stayers(numbers) {
  const ends = [];
  const before = [];
  numbers.forEach((number, at) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[ends[middle]] < number) low = middle + 1;
      else high = middle;
    }
    before[at] = low > 0 ? ends[low - 1] : -1;
    ends[low] = at;
  });
  const kept = new Set();
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at]) kept.add(at);
  return kept;
}
