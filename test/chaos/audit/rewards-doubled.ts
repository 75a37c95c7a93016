import type { Evidence } from './evidence.ts';
import { repeated } from './grouped.ts';

/** Rewards beyond the one that an injector or an attempt earns, and rewards for what earns none. */
export function rewardsDoubled({ ledger, executions }: Evidence): readonly string[] {
  const { rewards, episodes, rollouts, attempts } = ledger;
  const rewarded = new Set(episodes.filter((row) => row.outcome === 'rewarded').map((row) => row.episode_id));
  const lostRollouts = rollouts.filter(({ outcome }) => outcome === 'lost' || outcome === 'cancelled');
  const lostAttempts = attempts.filter(({ outcome }) => outcome === 'lost');
  const unpaid = new Set([...lostRollouts, ...lostAttempts].map((row) => row.rollout_id));
  const emitting = executions.flatMap(({ workflowId, completed }) =>
    completed.filter((type) => type === 'emitRewards').map(() => workflowId),
  );
  return [
    ...repeated(rewards, (row) => `${row.role} ${row.attempt} of episode ${row.episode_id}`).map(
      (who) => `${who} is paid more than once`,
    ),
    ...repeated(rewards, (row) => row.rollout_id).map((id) => `rollout ${id} is paid more than once`),
    ...rewards
      .filter((row) => !rewarded.has(row.episode_id))
      .map((row) => `episode ${row.episode_id} pays and is not rewarded`),
    ...rewards
      .filter((row) => unpaid.has(row.rollout_id))
      .map((row) => `rollout ${row.rollout_id} is paid and came to nothing`),
    ...repeated(emitting, (id) => id).map((id) => `the rewards of episode ${id} were emitted more than once`),
  ];
}
