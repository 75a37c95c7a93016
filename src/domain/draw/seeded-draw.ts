/**
 * A draw in [0, 1) that depends on the seed and the labels alone (docs/specification.md#strategies: a draw comes from
 * the run's seed).
 *
 * The labels say what is drawn ("subject", 17), so that a new draw somewhere shifts no other. 64-bit FNV-1a
 * (Fowler, Noll, Vo; draft-eastlake-fnv) mixes the key, the finaliser of SplitMix64 (Steele, Lea, Flood 2014) spreads it.
 */
export function seededDraw(seed: number, ...labels: readonly (string | number)[]): number {
  // A double holds 53 bits exactly.
  return Number(seededBits(seed, labels) >> 11n) / 2 ** 53;
}

/** A seed for something further down, in [0, 2^31): model servers take signed 32-bit seeds. */
export function seededInteger(seed: number, ...labels: readonly (string | number)[]): number {
  return Number(seededBits(seed, labels) >> 33n);
}

/** The items in an order drawn from the seed, by the key of each, so that the order in which they come does not matter. */
export function seededOrder<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | number,
  seed: number,
  ...labels: readonly (string | number)[]
): readonly Item[] {
  return items
    .map((item) => ({ item, draw: seededDraw(seed, ...labels, keyOf(item)) }))
    .sort((one, other) => one.draw - other.draw)
    .map(({ item }) => item);
}

/** Chooses by weight with a draw in [0, 1); an option of weight 0 is never chosen. */
export function weightedChoice<Value>(
  draw: number,
  options: readonly { readonly value: Value; readonly weight: number }[],
): Value {
  const possible = options.filter(({ weight }) => weight > 0);
  const total = possible.reduce((sum, { weight }) => sum + weight, 0);
  let left = draw * total;
  for (const { value, weight } of possible) {
    if (left < weight) return value;
    left -= weight;
  }
  // Rounding may leave a draw just below 1 over.
  const last = possible.at(-1);
  if (last === undefined) throw new RangeError('no option has a positive weight');
  return last.value;
}

function seededBits(seed: number, labels: readonly (string | number)[]): bigint {
  // Lengths keep ("ab", "c") and ("a", "bc") apart, kinds keep 1 and "1".
  const key = [seed, ...labels].map((label) => `${typeof label}${String(label).length}:${String(label)}`).join('');
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index);
    for (const byte of [unit & 0xff, unit >> 8]) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return splitMix64(hash);
}

function splitMix64(state: bigint): bigint {
  let mixed = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
  return mixed ^ (mixed >> 31n);
}
