import type { ConsistencyVerdict } from '../../domain/record/check-record.ts';
import type { AttemptRow, EpisodeOutcome, EpisodeRow, RewardRow } from '../../domain/record/ledger-rows.ts';
import { checkEpisodeInput } from '../../config/workflow-inputs.ts';
import type { EpisodeInput } from './episode-input.ts';
import { closeRollout, openRollout } from '../rollout/rollout-record.ts';
import type { ClosedRollout, RolloutSetting } from '../rollout/rollout-setting.ts';
import type { Running } from '../services/progress.ts';
import type { Services } from '../services/services.ts';

export interface Settlement {
  readonly episodeId: string;
  readonly outcome: EpisodeOutcome;
  readonly verdict: ConsistencyVerdict | null;
  /** Of a check, or `no-submission`. */
  readonly check: string | null;
  readonly artifactId: string | null;
  readonly solveRate: number | null;
  /** Why it was lost. */
  readonly problem: string | null;
  readonly rewards: readonly Omit<RewardRow, 'policyVersion'>[];
}

/** The bookkeeping of an episode: what it was, where it stands, what it came to. Each may be said again. */
export function createEpisodeActivities(services: Services, running: Running) {
  const { ledger } = services.store;
  return {
    /** The first step of an episode. */
    openEpisode: (input: EpisodeInput): Promise<void> => running(() => openEpisode(services, input)),
    recordPhase: ({ episodeId, phase }: Pick<EpisodeRow, 'episodeId' | 'phase'>): Promise<void> =>
      running(() => ledger.recordPhase(episodeId, phase)),
    /** The first step of a rollout. */
    openRollout: (setting: RolloutSetting): Promise<void> => running(() => openRollout(services, setting)),
    closeRollout: (end: ClosedRollout): Promise<void> => running(() => closeRollout(services, end)),
    recordAttempt: (attempt: AttemptRow): Promise<void> => running(() => ledger.recordAttempt(attempt)),
    emitRewards: (settlement: Settlement): Promise<void> => running(() => emitRewards(services, settlement)),
  };
}

export type EpisodeActivities = ReturnType<typeof createEpisodeActivities>;

async function openEpisode({ store: { ledger } }: Services, input: EpisodeInput): Promise<void> {
  checkEpisodeInput(input);
  const { episodeId, runId, groupId, subject, strategy, seed, parent } = input;
  await ledger.openEpisode({
    episodeId,
    runId,
    groupId,
    subject: subject.name,
    strategy,
    order: parent === null ? 1 : 2,
    parentArtifactId: parent?.artifactId ?? null,
    seed,
    startedAt: new Date().toISOString(),
  });
}

/** Settles the episode in one transaction: outcome and rewards together, once, whatever is retried or replayed. */
async function emitRewards({ store: { ledger } }: Services, settlement: Settlement): Promise<void> {
  const { episodeId, outcome, verdict, check, artifactId, solveRate, problem, rewards } = settlement;
  const rows = await Promise.all(
    rewards.map(async (reward) => ({ ...reward, policyVersion: await policyVersionOf(ledger, reward.rolloutId) })),
  );
  await ledger.settleEpisode({
    episode: {
      episodeId,
      outcome,
      verdict: verdict === null ? null : verdict.consistent ? 'consistent' : 'inconsistent',
      check,
      artifactId,
      solveRate,
      problem,
      endedAt: new Date().toISOString(),
    },
    rewards: rows,
  });
}

/** The oldest weights that took part in a rollout: what its staleness is counted from. */
async function policyVersionOf(ledger: Services['store']['ledger'], rolloutId: string): Promise<number> {
  const versions = (await ledger.readTurns(rolloutId)).map(({ policyVersion }) => policyVersion);
  return versions.length === 0 ? 0 : Math.min(...versions);
}
