/** `run-2026-01-02-1`: the kind, the day (UTC) and a number that the day has not seen. */
export function nextRunId(kind: string, now: Date, taken: readonly string[]): string {
  const prefix = `${kind}-${now.toISOString().slice(0, 10)}-`;
  const numbers = taken.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)));
  return `${prefix}${Math.max(0, ...numbers.filter(Number.isInteger)) + 1}`;
}

/** Starts a workflow under the next free id; another ledger may have used some that this one does not know. */
export async function startUnderNextId(
  start: (id: string) => Promise<'started' | 'taken'>,
  { kind, known, now = new Date() }: { readonly kind: string; readonly known: readonly string[]; readonly now?: Date },
): Promise<string> {
  const taken = [...known];
  for (;;) {
    const id = nextRunId(kind, now, taken);
    if ((await start(id)) === 'started') return id;
    taken.push(id);
  }
}
