/**
 * A pure function with its latest results kept.
 *
 * A program is replayed from its first turn at every turn, so the same files are parsed again and again. The cache
 * changes nothing but time: results depend on the key alone.
 */
export function memoise<Result>(compute: (text: string) => Result, capacity = 64): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) {
      known.delete(text);
      known.set(text, kept);
      return kept;
    }
    const result = compute(text);
    known.set(text, result);
    const [oldest] = known.keys();
    if (known.size > capacity && oldest !== undefined) known.delete(oldest);
    return result;
  };
}

/** The same for functions of an immutable object, kept as long as the object lives. */
export function memoiseByObject<Key extends object, Result>(compute: (key: Key) => Result): (key: Key) => Result {
  const known = new WeakMap<Key, Result>();
  return (key) => {
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const result = compute(key);
    known.set(key, result);
    return result;
  };
}
