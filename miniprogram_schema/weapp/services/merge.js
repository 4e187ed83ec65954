/**
 * Brings together two changes of one list that began from the same state: what I added stays, what I
 * took out goes, and whatever else the other side says holds. Nothing that somebody wrote is lost.
 *
 * @param {any[]} base @param {any[]} mine @param {any[]} theirs
 * @returns {any[]}
 */
function mergeLists(base, mine, theirs) {
  const keyOf = (entry) => JSON.stringify(entry);
  const keysOf = (list) => new Set(list.map(keyOf));
  const [inBase, inMine, inTheirs] = [base, mine, theirs].map(keysOf);
  const kept = theirs.filter((entry) => inMine.has(keyOf(entry)) || !inBase.has(keyOf(entry)));
  const added = mine.filter((entry) => !inBase.has(keyOf(entry)) && !inTheirs.has(keyOf(entry)));
  return [...kept, ...added];
}

module.exports = { mergeLists };
