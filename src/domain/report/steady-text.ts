/**
 * What a name or a log says apart from what differs from run to run: addresses of objects, and temporary paths.
 *
 * Repeats vary what must not matter, so a test that is called after such a thing is still one test.
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
 * A test's id without what differs from run to run, unless several tests of the clean state have that form: then each
 * keeps its own, for counting two as one could hide one of them. Whatever else a report holds plays no part.
 */
export function steadyId(id: string, twins: ReadonlySet<string>): string {
  const steady = steadyName(id);
  return twins.has(steady) ? id : steady;
}

/** The steady forms that several of these ids share. */
export function twinsAmong(ids: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const twins = new Set<string>();
  for (const id of new Set(ids)) {
    const steady = steadyName(id);
    if (seen.has(steady)) twins.add(steady);
    seen.add(steady);
  }
  return twins;
}

// Addresses have 8 to 16 digits; shorter numbers are values that tests are named after.
const ADDRESS = /\b0x[0-9a-f]{8,16}\b/gi;

const TEMPORARY_PATH = /\/(?:var\/)?tmp\/[^\s/\\\])}>,:;'"`]{1,255}/g;

// Reporters put a space before it; `test_wait[5s]` is named so by its author.
const DURATION_BEHIND = /\s[([]\s?\d{1,9}(?:[.,]\d{1,9})?\s?(?:ns|µs|us|ms|s|secs?|seconds?|m|min)\s?[)\]]$/;
