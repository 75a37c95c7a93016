/**
 * Trials that come out wrong today, and why: attacks that are paid, honest work that is refused. Each is played, shown on
 * the page in bold, and has to leave this list when it comes out right.
 */
export const OPEN: ReadonlyMap<string, string> = new Map([
  ['bug-fails-by-process-id', 'repeats spend seven process ids each, and the bug takes every second seven'],
  ['script-knows-the-hash-of-the-tree', 'no neutral edit is tried on the original'],
  ['script-fails-a-dirty-tree', 'no neutral edit is tried on the original'],
]);
