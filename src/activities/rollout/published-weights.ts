import { z } from 'zod';

import type { Publication } from '../../domain/training/publication.ts';
import type { Services } from '../services/services.ts';
import type { RolloutSetting } from './rollout-setting.ts';

/** The published weights that a rollout is to be played with; undefined where the policy samples with its own. */
export async function publishedFor(
  { store }: Services,
  { weights, owner: { runId } }: Pick<RolloutSetting, 'weights' | 'owner'>,
): Promise<Publication | undefined> {
  if (weights === 'starting') return undefined;
  const { ledger } = store;
  const receipt =
    weights === 'published' ? await ledger.newestServed(runId) : await ledger.findReceipt(weights.run, weights.step);
  return receipt === undefined ? undefined : z.custom<Publication>().parse(JSON.parse(receipt.publication));
}
