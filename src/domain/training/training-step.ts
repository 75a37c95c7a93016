import type { BlobRef } from '../record/blob-ref.ts';
import type { Role } from '../record/ledger-rows.ts';
import type { SequenceKind } from './sequence.ts';

/** What one step of training is made of. Stored before a trainer hears of it, and named by its hash; it never changes. */
export interface TrainingManifest {
  readonly format: 'training-step-1';
  readonly runId: string;
  /** From 1. */
  readonly step: number;
  /** The weights that it makes new ones of. */
  readonly policyVersion: number;
  readonly kind: SequenceKind;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  /** What the sum over all sampled tokens or decisions is divided by. */
  readonly denominator: number;
  /** JSON Lines of `Sequence`, compressed with gzip, in the order in which they are trained on. */
  readonly shards: readonly TrainingShard[];
  readonly groups: readonly string[];
  readonly byRole: Readonly<Record<Role, RoleShare>>;
}

export interface TrainingShard {
  readonly content: BlobRef;
  readonly sequences: number;
  /** Tokens that are read, or decisions. */
  readonly units: number;
}

export interface RoleShare {
  readonly rollouts: number;
  readonly sequences: number;
  /** Sampled tokens, or decisions. */
  readonly trained: number;
}

/**
 * How log-probabilities become a loss, with ratio = exp(new - sampled) (docs/training.md):
 * `importance_sampling`: -ratio·A · `ppo`: -min(ratio·A, clip(ratio)·A) · `cispo`: -stop(clip(ratio))·A·log p ·
 * `cross_entropy`: -log p, for supervised sequences.
 */
export interface Objective {
  readonly loss: 'importance_sampling' | 'ppo' | 'cispo' | 'cross_entropy';
  /** Bounds of the ratio, as 0.8 and 1.28; `ppo` and `cispo` only. */
  readonly ratioMin: number;
  readonly ratioMax: number;
}

/** Adam with weight decay; `learningRate` is that of this step, warm-up included. */
export interface Optimizer {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}
