import { writeTrajectory } from '../../../src/activities/rollout/write-trajectory.ts';
import type { JournaledReply } from '../../../src/activities/rollout/journal.ts';
import { putJson } from '../../../src/activities/services/json-blobs.ts';
import type { Decision } from '../../../src/domain/record/decision.ts';
import type { RewardRow } from '../../../src/domain/record/ledger-rows.ts';
import { groupAdvantages } from '../../../src/domain/reward/advantages.ts';
import type { Store } from '../../../src/store/store.ts';
import { AT, aBlobRef, aRollout, aRun, anEpisode, anInjectionGroup } from '../../store/ledger-builders.ts';

const CANDIDATES = [
  [1, 0],
  [0, 1],
];

/** The decision for one of two candidates, of weights that prefer neither. */
export function decidedFor(chosen: 0 | 1): Decision {
  return { name: 'suspect-function', candidates: CANDIDATES, chosen, logprob: Math.log(0.5) };
}

export interface Played {
  /** What each turn of the rollout has decided; undefined where the policy said nothing of it. */
  readonly turns: readonly (readonly Decision[] | undefined)[];
  readonly reward: number;
  readonly policyVersion?: number;
}

export async function openPlayedRun({ ledger }: Store): Promise<void> {
  await ledger.openRun(aRun());
  await ledger.openInjectionGroup(anInjectionGroup());
}

/** An episode that is settled, with its solvers as they were played. */
export async function settleSolvers(store: Store, episodeId: string, solvers: readonly Played[]): Promise<void> {
  const { ledger } = store;
  await ledger.openEpisode(anEpisode({ episodeId, groupId: null }));
  const advantages = groupAdvantages(solvers.map(({ reward }) => reward));
  const rewards: RewardRow[] = [];
  for (const [attempt, solver] of solvers.entries()) {
    const rolloutId = `${episodeId}/solver-${attempt}`;
    await playRollout(store, { rolloutId, episodeId, attempt }, solver);
    const { reward, policyVersion = 0 } = solver;
    const advantage = advantages[attempt] ?? 0;
    rewards.push({ episodeId, role: 'solver', attempt, rolloutId, reward, advantage, policyVersion });
  }
  const found = { verdict: 'consistent', check: null, artifactId: null, solveRate: 0.5, problem: null } as const;
  await ledger.settleEpisode({ episode: { episodeId, outcome: 'rewarded', ...found, endedAt: AT }, rewards });
}

async function playRollout(
  store: Store,
  rollout: { readonly rolloutId: string; readonly episodeId: string; readonly attempt: number },
  { turns, policyVersion = 0 }: Played,
): Promise<void> {
  const { ledger, blobs } = store;
  const { rolloutId } = rollout;
  await ledger.openRollout(aRollout(rollout));
  const epoch = await ledger.claimRollout(rolloutId, 'sandbox');
  for (const [turn, decisions] of turns.entries()) {
    const usage = { promptTokens: 100 * (turn + 1), completionTokens: 10, costUsd: 0 };
    const said = { text: `turn ${turn}`, finish: 'stop', usage, policyVersion } as const;
    const reply: JournaledReply = {
      ...{ format: 'reply-1', prompt: aBlobRef() },
      reply: decisions === undefined ? said : { ...said, decisions },
    };
    const row = { rolloutId, turn, epoch, policyVersion, ...usage, repliedAt: AT, sandbox: 'sandbox' };
    await ledger.recordReply({ ...row, reply: await putJson(blobs, reply) });
  }
  const trajectory = await writeTrajectory(store, rolloutId, 'submitted');
  await ledger.closeRollout({
    ...{ rolloutId, outcome: 'submitted', submission: null },
    trajectory,
    problem: null,
    endedAt: AT,
  });
}
