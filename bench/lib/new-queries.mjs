const things = ['dog', 'rain', 'engine', 'piano', 'voice', 'door', 'drum', 'wind', 'bell', 'crowd', 'bird', 'river'];
const kinds = ['distant', 'loud', 'soft', 'metallic', 'deep', 'bright', 'old', 'rhythmic', 'slow', 'eerie'];
const places = ['in a room', 'on a roof', 'at night', 'in the forest', 'under water', 'in a hall', 'outside', 'nearby'];

/**
 * Words that differ for every user and turn, so that no cache has the answer.
 * @param {number | string} user
 * @param {number} turn
 */
export function newQuery(user, turn) {
  const pick = (list, n) => list[n % list.length];
  const n = (typeof user === 'number' ? user * 97 : 0) + turn;
  return `${pick(kinds, n)} ${pick(things, Math.floor(n / kinds.length))} ${pick(places, n * 7)} ${user}-${turn}`;
}
