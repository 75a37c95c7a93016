import { checkRolloutSetting } from '../../config/workflow-inputs.ts';
import type { ClosedRollout, RolloutSetting } from './rollout-setting.ts';
import type { Services } from '../services/services.ts';
import { tidySnapshots } from './spent-snapshots.ts';
import { writeTrajectory } from './write-trajectory.ts';

/** Opens a rollout in the ledger, before anything can be lost with it. */
export async function openRollout(
  { store: { ledger } }: Pick<Services, 'store'>,
  setting: RolloutSetting,
): Promise<void> {
  checkRolloutSetting(setting);
  const { rolloutId, owner, task, attempt } = setting;
  const startedAt = new Date().toISOString();
  await ledger.openRollout({ rolloutId, episodeId: owner.episodeId, role: task.role, attempt, startedAt });
}

/** Ends a rollout in the ledger, with its trajectory; nothing starts from its snapshots any more. */
export async function closeRollout(
  { store }: Pick<Services, 'store'>,
  { rolloutId, outcome, submission, problem }: ClosedRollout,
): Promise<void> {
  const trajectory = await writeTrajectory(store, rolloutId, outcome);
  const endedAt = new Date().toISOString();
  await store.ledger.closeRollout({ rolloutId, outcome, submission, trajectory, problem, endedAt });
  await tidySnapshots(store, rolloutId);
}
