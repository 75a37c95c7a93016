/**
 * The results of steps that run at once. When one fails, the others are told to stop, and its error goes on only after
 * all have ended: a workflow that closes over steps that still hold something takes from them the time to let it go.
 */
export async function together<Result>(
  steps: readonly (() => Promise<Result>)[],
  stop: () => void,
): Promise<readonly Result[]> {
  const failures: unknown[] = [];
  const endings = await Promise.allSettled(
    steps.map(async (step) => {
      try {
        return await step();
      } catch (error) {
        failures.push(error);
        stop();
        throw error;
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return endings.flatMap((ending) => (ending.status === 'fulfilled' ? [ending.value] : []));
}
