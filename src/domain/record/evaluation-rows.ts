/** Weights that a trainer has published: those of a step of a run. */
export interface WeightsOfStep {
  readonly run: string;
  readonly step: number;
}

/** One pass of a policy over a frozen library, a task a bug. Its episodes and rollouts are those of the run of its id. */
export interface EvaluationRow {
  readonly evaluationId: string;
  readonly libraryId: string;
  /** The run and the step whose weights were played with; null where the policy came with its own. */
  readonly trainingRun: string | null;
  readonly step: number | null;
  readonly policyVersion: number | null;
  /** As predictions name it. */
  readonly model: string;
  readonly tasks: number;
  /** Null until it has ended. `lost` ones were taken by infrastructure and count nowhere. */
  readonly solved: number | null;
  readonly unsolved: number | null;
  readonly lost: number | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}
