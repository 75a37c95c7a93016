/**
 * Says of an id whether it counts nowhere: it is in quarantine, or the clean state does not know it and it differs from one
 * in quarantine in nothing but a value that passes, such as the time, an identifier or a port. Such an id is another one in
 * each run, so the clean runs can name only those that they saw.
 */
export function createSetAside({
  quarantined,
  known,
}: {
  readonly quarantined: readonly string[];
  /** All ids of the clean state that are not in quarantine. */
  readonly known: readonly string[];
}): (id: string) => boolean {
  const named = new Set(quarantined);
  const steady = new Set(known);
  const forms = new Set(quarantined.map(withoutValues));
  return (id) => named.has(id) || (!steady.has(id) && forms.has(withoutValues(id)));
}

/** An id without the parameters behind a test's name, without identifiers, and without the digits of numbers. */
function withoutValues(id: string): string {
  return id
    .replace(/\[.*\]$/s, '[]')
    .replace(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,9}\b/gi, '#')
    .replace(/\d+/g, '#');
}
