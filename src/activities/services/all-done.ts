/**
 * The results of steps that run at once; when one fails, its error, but only after all have ended: what goes on behind a
 * step that is over would hold sandboxes that nobody waits for.
 */
export async function allDone<Result>(steps: readonly Promise<Result>[]): Promise<readonly Result[]> {
  const endings = await Promise.allSettled(steps);
  return endings.map((ending) => {
    if (ending.status === 'rejected') throw ending.reason;
    return ending.value;
  });
}
