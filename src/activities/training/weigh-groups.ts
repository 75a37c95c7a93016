import type { RewardRow } from '../../domain/record/ledger-rows.ts';
import type { TrajectoryRecord } from '../../domain/record/trajectory.ts';
import type { ReadyGroup, SettledGroup } from '../../domain/training/compose-batch.ts';
import { weighGroup, type WeighedRollout } from '../../domain/training/weigh-group.ts';
import type { Ledger, Store } from '../../store/store.ts';
import { getJson } from '../services/json-blobs.ts';

/**
 * Weighs groups and writes down what they are worth, once; returns those that wait to be trained on, in the given order.
 * What is played again of a group that has been weighed is not trained on.
 */
export async function weighGroups(
  store: Store,
  runId: string,
  groups: readonly SettledGroup[],
): Promise<readonly ReadyGroup[]> {
  const ready: ReadyGroup[] = [];
  for (const { groupId, role } of groups) {
    const members = await membersOf(store.ledger, { groupId, role });
    if (members.length === 0) continue;
    const kept = await store.ledger.findTrainingGroup(groupId);
    const weight = kept ?? weighGroup(await Promise.all(members.map((member) => weigh(store, member))));
    if (kept === undefined)
      await store.ledger.recordTrainingGroup({ groupId, runId, role, ...weight, weighedAt: new Date().toISOString() });
    const { standing, units, policyVersion } = weight;
    if (standing === 'ready' && (kept?.step ?? null) === null) ready.push({ groupId, role, units, policyVersion });
  }
  return ready;
}

/** The rewards of a group, in the order in which they are trained on: that of their attempts, or of their episodes. */
export async function membersOf(ledger: Ledger, { groupId, role }: SettledGroup): Promise<readonly RewardRow[]> {
  const episodeIds =
    role === 'solver' ? [groupId] : (await ledger.listInjectionGroup(groupId)).map(({ episodeId }) => episodeId);
  const rewards = await Promise.all(episodeIds.map((episodeId) => ledger.listRewards(episodeId)));
  return rewards
    .flat()
    .filter((reward) => reward.role === role)
    .toSorted((one, other) => NATURALLY.compare(one.rolloutId, other.rolloutId));
}

/** `solver-10` comes after `solver-9`. */
export const NATURALLY = new Intl.Collator('en', { numeric: true });

async function weigh({ ledger, blobs }: Store, reward: RewardRow): Promise<WeighedRollout> {
  const { rolloutId, policyVersion } = reward;
  const rollout = await ledger.findRollout(rolloutId);
  const turns = await ledger.readTurns(rolloutId);
  const last = turns.at(-1);
  const training =
    rollout?.trajectory == null
      ? ({ trainable: false, reason: 'it has no trajectory' } as const)
      : (await getJson<TrajectoryRecord>(blobs, rollout.trajectory)).training;
  return {
    advantage: reward.advantage ?? 0,
    training,
    // The last turn has read all turns before it.
    units: last === undefined ? 0 : last.promptTokens + last.completionTokens,
    policyVersion,
  };
}
