import type { BlobRef } from './blob-ref.ts';
import type { Role } from './ledger-rows.ts';

/**
 * What has become of a group whose rewards are settled. `ready`: it waits for a step, or is in one. The others teach
 * nothing: all of its rewards are equal, none of its trajectories can be trained on, or its weights are too old.
 */
export type GroupStanding = 'ready' | 'no-signal' | 'untrainable' | 'stale';

/** A group of trajectories that are compared with one another: the solvers of one bug, or an injection group's injectors. */
export interface TrainingGroupRow {
  readonly groupId: string;
  readonly runId: string;
  readonly role: Role;
  readonly standing: GroupStanding;
  /** Those that can be trained on. */
  readonly rollouts: number;
  /** Tokens that they read and said; of the embedded policy its turns. */
  readonly units: number;
  /** The oldest weights that took part. */
  readonly policyVersion: number;
  /** The step that it is trained on in. */
  readonly step: number | null;
  readonly weighedAt: string;
}

/** A step of training, as it is known before its trainer hears of it. */
export interface TrainingStepRow {
  readonly runId: string;
  /** From 1. */
  readonly step: number;
  /** A `training-step-1` document; null where no group taught anything, and the weights stay. */
  readonly manifest: BlobRef | null;
  /** The weights that it begins with. */
  readonly policyVersion: number;
  readonly assembledAt: string;
}

/** What a trainer made of a step; step 0 is where it began. */
export interface TrainingReceiptRow {
  readonly runId: string;
  readonly step: number;
  /** Of the weights that came of it. */
  readonly policyVersion: number;
  /** The trainer's session after it, JSON. */
  readonly session: string;
  /** Where its weights are sampled from, JSON. */
  readonly publication: string;
  /** Where weights and optimizer are kept, JSON; null where they are not kept after this step. */
  readonly checkpoint: string | null;
  /** As the trainer names them, JSON. */
  readonly metrics: string;
  /**
   * What inference servers answer under its weights, JSON; null until all of them are shown to sample from these. Nothing
   * is sampled from a publication before.
   */
  readonly served: string | null;
  /** How often the trainer has lost the run since. */
  readonly losses: number;
  readonly trainedAt: string;
}
