import type { Publication } from '../domain/training/publication.ts';
import type { Sequence, SequenceKind } from '../domain/training/sequence.ts';
import type { TrainingManifest } from '../domain/training/training-step.ts';

/**
 * The trainer port: what makes new weights of a step's sequences (docs/training.md).
 *
 * A session is a trainer's state of one run as JSON that the ledger keeps with each receipt: the next call is given the
 * session that the last one returned, and the same call with the same session may be made again whatever became of the
 * first. What it needs for that, as a sequence number, is in the session.
 *
 * Errors: `TrainerUnavailableError` (no answer now; the same call again), `TrainerLostError` (the session is gone: go on
 * from the last checkpoint by `resume` and train the steps since then again), `TrainerRefusedError` (this call will
 * never be taken), and the abort reason.
 */
export interface Trainer {
  readonly name: string;
  readonly takes: SequenceKind;
  /** Begins the training of a run. May begin another one when asked again: only a session that is kept counts. */
  open(runId: string, call: TrainerCall): Promise<TrainerSession>;
  /** A new session that goes on where the checkpoint was made, optimizer included. */
  resume(runId: string, checkpoint: Checkpoint, call: TrainerCall): Promise<TrainerSession>;
  /** One optimizer step over all sequences. A step without sequences is never asked for. */
  trainStep(session: TrainerSession, step: TrainingStep, call: TrainerCall): Promise<TrainedStep>;
  /** Keeps weights and optimizer under the step's number. */
  checkpoint(session: TrainerSession, step: number, call: TrainerCall): Promise<Kept<Checkpoint>>;
  /** Makes the weights as they are now what is sampled from, as this version. */
  publish(session: TrainerSession, version: number, call: TrainerCall): Promise<Kept<Publication>>;
  /** Lets go of a checkpoint that is needed no more; one that is gone is fine. */
  removeCheckpoint(session: TrainerSession, checkpoint: Checkpoint, call: TrainerCall): Promise<void>;
  /** Says that the run goes on, every minute; absent where a trainer forgets nobody. */
  readonly keepAlive?: (session: TrainerSession, call: TrainerCall) => Promise<void>;
}

export interface TrainerCall {
  readonly signal: AbortSignal;
  /** What is waited for, for people. */
  readonly say: (what: string) => void;
}

/** JSON of the adapter's own; nobody else reads it. */
export type TrainerSession = Readonly<Record<string, unknown>>;

/** Where weights and optimizer are kept, JSON of the adapter's own. */
export type Checkpoint = Readonly<Record<string, unknown>>;

export interface TrainingStep {
  readonly manifest: TrainingManifest;
  readonly manifestSha256: string;
  /** Read shard by shard; may be read again from the beginning. */
  readonly sequences: () => AsyncIterable<Sequence>;
}

export interface TrainedStep {
  readonly session: TrainerSession;
  /** As the trainer names them. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Kept<Value> {
  readonly session: TrainerSession;
  readonly kept: Value;
}
