import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type {
  ArtifactRow,
  AttemptRow,
  CheckRow,
  EpisodeRow,
  ImageIndexRow,
  InjectionGroupRow,
  LibraryRow,
  RepeatRow,
  RevalidationRow,
  RewardRow,
  RolloutRow,
  RunRow,
  TurnRow,
} from '../../domain/record/ledger-rows.ts';
import type { EvaluationRow } from '../../domain/record/evaluation-rows.ts';
import type { TrainingGroupRow, TrainingReceiptRow, TrainingStepRow } from '../../domain/record/training-rows.ts';

/**
 * A row as SQL keeps it, with what every dialect has: truth as 0 or 1, references and lists as JSON text. Columns
 * are spelled in snake_case in the database.
 */
export type Columns<Row> = { [Key in keyof Row]: Column<Row[Key]> };

type Column<Value> = Value extends boolean ? number : Value extends BlobRef | readonly string[] ? string : Value;

/** A model call that is about to be made, under (rollout, turn, epoch). */
export interface IntentRow {
  readonly rolloutId: string;
  readonly turn: number;
  readonly epoch: number;
  readonly at: string;
}

/** What the rollouts of one place in a run have used up: a row for each, so that they do not wait for one another. */
export interface RunUsageRow {
  readonly runId: string;
  readonly role: RolloutRow['role'];
  readonly attempt: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costUsd: number;
}

/** What an accepted bug is looked up by when another of its run is judged. */
export interface BugMarkRow {
  readonly runId: string;
  readonly mark: string;
  readonly artifactId: string;
}

/** Which artifact, and which failed attempt at it, a second-order bug was made of. */
export interface LineageRow {
  readonly artifactId: string;
  readonly parentArtifactId: string;
  readonly parentAttemptId: string | null;
}

/** An artifact's parents are kept in `lineage` alone; `recordedAt` gives "newest first" its meaning. */
export type ArtifactColumns = Omit<Columns<ArtifactRow>, keyof Omit<LineageRow, 'artifactId'>> & {
  recordedAt: string;
};

export type CheckColumns = Omit<Columns<CheckRow>, 'logs'> & { logs: string };

export interface LedgerTables {
  runs: Columns<RunRow>;
  injectionGroups: Columns<InjectionGroupRow>;
  episodes: Columns<EpisodeRow>;
  rollouts: Columns<RolloutRow>;
  intents: Columns<IntentRow>;
  turns: Columns<TurnRow>;
  repeats: Columns<RepeatRow>;
  runUsage: Columns<RunUsageRow>;
  artifacts: ArtifactColumns;
  bugMarks: Columns<BugMarkRow>;
  lineage: Columns<LineageRow>;
  checks: CheckColumns;
  attempts: Columns<AttemptRow>;
  rewards: Columns<RewardRow>;
  imageIndexes: Columns<ImageIndexRow>;
  libraries: Columns<LibraryRow>;
  evaluations: Columns<EvaluationRow>;
  revalidations: Columns<RevalidationRow>;
  trainingGroups: Columns<TrainingGroupRow>;
  trainingSteps: Columns<TrainingStepRow>;
  trainingReceipts: Columns<TrainingReceiptRow>;
}
