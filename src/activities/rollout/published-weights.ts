import { z } from 'zod';

import type { Publication } from '../../domain/training/publication.ts';
import type { Services } from '../services/services.ts';
import type { RolloutSetting } from './rollout-setting.ts';

/** The newest weights that the run's trainer has published; undefined where the policy samples with its own. */
export async function publishedFor(
  { store }: Services,
  { weights, owner: { runId } }: Pick<RolloutSetting, 'weights' | 'owner'>,
): Promise<Publication | undefined> {
  if (weights === 'starting') return undefined;
  const receipt = await store.ledger.newestReceipt(runId);
  return receipt === undefined ? undefined : z.custom<Publication>().parse(JSON.parse(receipt.publication));
}
