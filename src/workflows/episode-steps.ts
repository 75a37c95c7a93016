import type { Settlement } from '../activities/run/episode-activities.ts';
import type { AttemptRow } from '../domain/record/ledger-rows.ts';
import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { GradedAttempt, GradingInput } from '../activities/grading/grading-activities.ts';
import type { RecordedVerdict, VerdictInput } from '../activities/validation/record-verdict.ts';
import type { RecycleInput } from '../activities/recycling/recycle-activities.ts';
import type { RolloutEnd, RolloutSetting } from '../activities/rollout/rollout-setting.ts';

/** What an episode asks of the world. */
export interface EpisodeSteps {
  readonly enterPhase: (phase: EpisodePhase, input: EpisodeInput) => Promise<void>;
  /** A rollout as a workflow of its own; one that ends by an infrastructure failure ends as `lost`. */
  readonly playRollout: (setting: RolloutSetting) => Promise<RolloutEnd>;
  readonly validateArtifact: (input: Omit<VerdictInput, 'facts' | 'drawSeed'>) => Promise<RecordedVerdict>;
  readonly gradeAttempt: (input: Omit<GradingInput, 'drawSeed'>) => Promise<GradedAttempt>;
  readonly recordAttempt: (attempt: AttemptRow) => Promise<void>;
  readonly recycleAttempt: (input: Omit<RecycleInput, 'drawSeed'>) => Promise<readonly string[]>;
  /** Runs even when the episode is cancelled. */
  readonly emitRewards: (settlement: Settlement) => Promise<void>;
  /** Takes steps at once; when one fails the others are told to stop, and its error goes on when all have ended. */
  readonly together: <Result>(steps: readonly (() => Promise<Result>)[]) => Promise<readonly Result[]>;
  readonly isCancellation: (error: unknown) => boolean;
  readonly isInfrastructureFailure: (error: unknown) => boolean;
}

export type EpisodePhase = 'inject' | 'validate' | 'solve' | 'recycle' | 'reward';
