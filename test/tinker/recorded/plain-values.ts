/** The value with other numbers and without some keys, for comparisons. */
function mapped(value: unknown, number: (value: number) => number, without: readonly string[]): unknown {
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapped(item, number, without));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !without.includes(key));
  return Object.fromEntries(kept.map(([key, item]: [string, unknown]) => [key, mapped(item, number, without)]));
}

// What no server looks at, and what other servers want.
const BESIDE_THE_POINT = ['dtype', 'shape', 'model_role', 'model_seq_id'];

export function essence(value: unknown): unknown {
  return mapped(value, (number) => number, BESIDE_THE_POINT);
}

/** JSON.stringify makes 0 of -0. */
export function withoutNegativeZero(value: unknown): unknown {
  return mapped(value, (number) => number + 0, []);
}

/** As protobuf carries what is no integer. */
export function asFloat32(value: unknown): unknown {
  return mapped(value, Math.fround, []);
}

/** null is how a server writes what is no number. */
export function nullAsNaN(value: unknown): unknown {
  if (value === null) return Number.NaN;
  if (Array.isArray(value)) return value.map(nullAsNaN);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [key, nullAsNaN(item)]));
}
