/** A table of keys, as TOML and JSON have them. */
export type KeyedValues = Readonly<Record<string, unknown>>;

/** What of a key is the runner's: the key with all below it, some keys below it, or nothing. */
export type KeyOwner = (path: readonly string[]) => 'runner' | 'below' | 'project';

export interface MergedValues {
  readonly values: KeyedValues;
  /** Dotted paths of the runner's keys that differed. */
  readonly keys: readonly string[];
}

/** Everything as it is after, but the runner's keys as they were before. */
export function mergeValues(before: KeyedValues, after: KeyedValues, ownerOf: KeyOwner): MergedValues {
  return mergeBelow(before, after, ownerOf, []);
}

function mergeBelow(
  before: KeyedValues,
  after: KeyedValues,
  ownerOf: KeyOwner,
  parents: readonly string[],
): MergedValues {
  const values: (readonly [string, unknown])[] = [];
  const keys: string[] = [];
  for (const key of new Set([...Object.keys(after), ...Object.keys(before)])) {
    const path = [...parents, key];
    const merged = mergeKey(valueOf(before, key), valueOf(after, key), ownerOf, path);
    keys.push(...merged.keys);
    if (merged.value !== undefined) values.push([key, merged.value]);
  }
  // Not by assignment: `__proto__` is a key like any other here.
  return { values: Object.fromEntries(values), keys };
}

function mergeKey(
  before: unknown,
  after: unknown,
  ownerOf: KeyOwner,
  path: readonly string[],
): { readonly value: unknown; readonly keys: readonly string[] } {
  const owner = ownerOf(path);
  if (owner === 'project') return { value: after, keys: [] };
  if (owner === 'below' && isTable(after) && (before === undefined || isTable(before))) {
    const { values, keys } = mergeBelow(before ?? {}, after, ownerOf, path);
    return { value: values, keys };
  }
  // A table that is gone, or is none any more, takes the runner's keys below it along.
  return { value: before, keys: fingerprint(before) === fingerprint(after) ? [] : [path.join('.')] };
}

function valueOf(table: KeyedValues, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Whether a parsed value is a table, and not a list or a date. */
export function isTable(value: unknown): value is KeyedValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function fingerprint(value: unknown): string {
  if (value === undefined) return 'absent';
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
}

/** A file that is partly the runner's: what it says after the runner's part was put back, or why it cannot be parted. */
export type KeyMerge =
  | {
      readonly merged: true;
      readonly text: string;
      /** The runner's keys or sections whose values the prediction had changed, dotted. */
      readonly keys: readonly string[];
    }
  | { readonly merged: false; readonly problem: string };
