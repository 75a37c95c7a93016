import type { Services } from '../activities/services.ts';

/**
 * Ends the sandboxes that belong to runs of this home, when nothing is left that could use them; returns how many. Those
 * of commands in other terminals (`selfplay validate`) belong to no run and stay.
 */
export async function destroySandboxesOfRuns({
  sandboxes,
  deployment,
  store,
}: Pick<Services, 'sandboxes' | 'deployment' | 'store'>): Promise<number> {
  let destroyed = 0;
  for (const { id, labels } of await sandboxes.list()) {
    if (labels.deployment !== deployment || (await store.ledger.findRun(labels.run)) === undefined) continue;
    await sandboxes.destroy(id);
    destroyed += 1;
  }
  return destroyed;
}
