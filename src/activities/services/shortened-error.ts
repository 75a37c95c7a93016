/**
 * What a history keeps of a failure. The server cuts what it keeps between two tries at 4 KiB, message, stack and causes
 * together, and a message may hold what a program in a sandbox said, or a statement with all its values.
 */
const LONGEST = { message: 2_000, stack: 1_000 } as const;
/** An error, and what it comes from: the rest names calls of libraries. */
const DEEPEST_CAUSE = 2;

/** The same error with short texts: its class decides what happens, its message what a person reads. */
export function shortenedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  shorten(error, 'message');
  shorten(error, 'stack');
  if (depth >= DEEPEST_CAUSE) Object.defineProperty(error, 'cause', { value: undefined, configurable: true });
  else shortenedError(error.cause, depth + 1);
  return error;
}

/** By definition, for some classes have it where it cannot be assigned. */
function shorten(error: Error, field: 'message' | 'stack'): void {
  const text = error[field];
  if (text === undefined || text.length <= LONGEST[field]) return;
  const half = LONGEST[field] / 2;
  const left = text.length - LONGEST[field];
  const value = `${text.slice(0, half)} [... ${left} characters left out ...] ${text.slice(-half)}`;
  Object.defineProperty(error, field, { value, configurable: true, writable: true });
}
