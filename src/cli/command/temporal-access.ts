import type { EvaluationProgress } from '../../workflows/evaluate-policy.ts';
import type { TrainingProgress } from '../../workflows/messages.ts';
import type { RevalidationProgress } from '../../workflows/revalidate-artifacts.ts';

/** What commands ask of a Temporal server. */
export interface TemporalAccess {
  /** Starts a run under an id; `taken` when the id has been used before. */
  startTraining(runId: string, input: unknown): Promise<'started' | 'taken'>;
  /** Settles when a run, a revalidation or an evaluation has ended, through every continuation of its workflow. */
  awaitEnd(id: string): Promise<TrainingEnd>;
  /** Where the run stands, as its workflow says; undefined when no worker answers or there is no such run. */
  queryTraining(runId: string): Promise<TrainingProgress | undefined>;
  /** Starts a revalidation under an id; `taken` when the id has been used before. */
  startRevalidation(revalidationId: string, input: unknown): Promise<'started' | 'taken'>;
  /** Where a revalidation stands; undefined when no worker answers. */
  queryRevalidation(revalidationId: string): Promise<RevalidationProgress | undefined>;
  /** Starts an evaluation under an id; `taken` when the id has been used before. */
  startEvaluation(evaluationId: string, input: unknown): Promise<'started' | 'taken'>;
  /** Where an evaluation stands; undefined when no worker answers. */
  queryEvaluation(evaluationId: string): Promise<EvaluationProgress | undefined>;
  /** Rollouts of a run that wait for something outside: a few of them, for a person. */
  listWaiting(runId: string): Promise<readonly WaitingRollout[]>;
  /** Whatever waits in a run, or in all of them, the oldest first. */
  listWaits(runId: string | undefined): Promise<readonly WaitingWorkflow[]>;
  /** Runs that have not ended, newest first. */
  listOpenTrainings(): Promise<readonly string[]>;
  /** Asks a run to end, which its workers then do in order. */
  cancelTraining(runId: string): Promise<void>;
  /** Ends a run without asking it. */
  terminateTraining(runId: string, reason: string): Promise<void>;
  /** The search attributes that runs set and that this server does not have. */
  missingSearchAttributes(): Promise<readonly string[]>;
  createSearchAttributes(names: readonly string[]): Promise<void>;
  /** How long the namespace keeps workflows that have ended. */
  retentionDays(): Promise<number>;
  serverVersion(): Promise<string>;
  close(): Promise<void>;
}

export interface WaitingRollout {
  readonly rolloutId: string;
  /** As its workflow says it: what it waits for, and the problem that it met. */
  readonly detail: string;
}

export interface WaitingWorkflow {
  readonly workflowId: string;
  readonly type: string;
  readonly run: string;
  /** A mark (`policy`, `store`, `machine`), `worker`, `unpause`, or the activity that takes its time. */
  readonly waitsFor: string;
  readonly detail: string | null;
  readonly since: string | null;
  /** Of an activity: which try this is. */
  readonly attempt: number | null;
}

export interface TrainingEnd {
  readonly status: 'completed' | 'cancelled' | 'terminated' | 'failed';
  /** Why, for all but a completed run. */
  readonly reason: string;
  /** The run's input was at fault, so the user can put it right. */
  readonly invalidInput: boolean;
}
