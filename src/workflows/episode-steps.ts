import type { AttemptRecord, Settlement } from '../activities/episode-activities.ts';
import type { EpisodeInput } from '../activities/episode-input.ts';
import type { GradedAttempt, GradingInput } from '../activities/grading-activities.ts';
import type { RecordedVerdict, VerdictInput } from '../activities/record-verdict.ts';
import type { RecycleInput } from '../activities/recycle-activities.ts';
import type { RolloutEnd, RolloutSetting } from '../activities/rollout-setting.ts';

/** What an episode asks of the world. */
export interface EpisodeSteps {
  readonly enterPhase: (phase: EpisodePhase, input: EpisodeInput) => Promise<void>;
  /** A rollout as a workflow of its own; one that ends by an infrastructure failure ends as `lost`. */
  readonly playRollout: (setting: RolloutSetting) => Promise<RolloutEnd>;
  readonly validateArtifact: (input: Omit<VerdictInput, 'facts'>) => Promise<RecordedVerdict>;
  readonly gradeAttempt: (input: GradingInput) => Promise<GradedAttempt>;
  readonly recordAttempt: (attempt: AttemptRecord) => Promise<void>;
  readonly recycleAttempt: (input: RecycleInput) => Promise<readonly string[]>;
  readonly emitRewards: (settlement: Settlement) => Promise<void>;
  readonly isInfrastructureFailure: (error: unknown) => boolean;
}

export type EpisodePhase = 'inject' | 'validate' | 'solve' | 'recycle' | 'reward';
