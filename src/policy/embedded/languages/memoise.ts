/**
 * A pure function with its latest results kept.
 *
 * A program is replayed from its first turn at every turn, so the same files are parsed again and again. The cache
 * changes nothing but time: results depend on the key alone.
 */
export function memoise<Input, Result>(
  compute: (input: Input) => Result,
  { keyOf, capacity = 64 }: { readonly keyOf: (input: Input) => string; readonly capacity?: number },
): (input: Input) => Result {
  const known = new Map<string, Result>();
  return (input) => {
    const key = keyOf(input);
    const kept = known.get(key);
    if (kept !== undefined) {
      known.delete(key);
      known.set(key, kept);
      return kept;
    }
    const result = compute(input);
    known.set(key, result);
    const [oldest] = known.keys();
    if (known.size > capacity && oldest !== undefined) known.delete(oldest);
    return result;
  };
}

/** The key of a function of one text. */
export const asIs = (text: string): string => text;

/** The same for functions of a text and an object that belongs to it, kept as long as the object lives. */
export function memoiseByPart<Part extends object, Result>(
  compute: (text: string, part: Part) => Result,
): (text: string, part: Part) => Result {
  const known = new WeakMap<Part, Result>();
  return (text, part) => {
    const kept = known.get(part);
    if (kept !== undefined) return kept;
    const result = compute(text, part);
    known.set(part, result);
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
