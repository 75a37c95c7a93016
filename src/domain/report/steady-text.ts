/**
 * What a name or a log says apart from what differs from run to run: addresses of objects, and temporary paths.
 *
 * Issue and SPEC 4: repeats vary what must not matter, so a test that is called after such a thing is still one test.
 */
export function steadyText(text: string): string {
  return text.replace(ADDRESS, '0x…').replace(TEMPORARY_PATH, '/tmp/…');
}

/** The steady form of a test's name: `steadyText` without the time that a reporter put behind it. */
export function steadyName(name: string): string {
  const steady = steadyText(name).replace(DURATION_BEHIND, '');
  return steady.trim() === '' ? name : steady;
}

/**
 * Each id by its steady form. Ids of one report that would become the same keep the form they have: they are different
 * tests whose names differ in a number, and counting two as one could hide one of them.
 */
export function steadyIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(steadyName(id), (counts.get(steadyName(id)) ?? 0) + 1);
  return new Map(ids.map((id) => [id, counts.get(steadyName(id)) === 1 ? steadyName(id) : id]));
}

// Addresses have 8 to 16 digits; shorter numbers are values that tests are named after.
const ADDRESS = /\b0x[0-9a-f]{8,16}\b/gi;

const TEMPORARY_PATH = /\/(?:var\/)?tmp\/[^\s/\\\])}>,:;'"`]{1,255}/g;

// Reporters put a space before it; `test_wait[5s]` is named so by its author.
const DURATION_BEHIND = /\s[([]\s?\d{1,9}(?:[.,]\d{1,9})?\s?(?:ns|µs|us|ms|s|secs?|seconds?|m|min)\s?[)\]]$/;
