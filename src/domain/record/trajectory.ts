import type { BlobRef } from './blob-ref.ts';
import type { Role, RolloutOutcome } from './ledger-rows.ts';

/**
 * The record of a rollout as it is stored and handed to a trainer (docs/specification.md#training): texts and tokens by
 * reference.
 */
export interface TrajectoryRecord {
  readonly format: 'trajectory-1';
  readonly rolloutId: string;
  readonly role: Role;
  /** Name of the subject that the rollout worked on. */
  readonly subject?: string;
  readonly outcome: RolloutOutcome;
  /** What the policy read before its first turn. */
  readonly prompt: readonly BlobRef[];
  readonly turns: readonly TrajectoryTurn[];
  readonly training: Trainability;
}

/** One model reply and the observation that it caused. */
export interface TrajectoryTurn {
  readonly turn: number;
  readonly reply: BlobRef;
  readonly observation: BlobRef | null;
  readonly policyVersion: number;
  /** Exact token ids and log-probabilities, where the server returned them. Only completions enter the loss. */
  readonly tokens?: BlobRef;
  /** The choices of the embedded policy, its kind of sequence. */
  readonly decisions?: BlobRef;
}

/**
 * Whether a trajectory may be trained on; what is not known is never guessed (docs/specification.md#embedded-policy).
 */
export type Trainability = { readonly trainable: true } | { readonly trainable: false; readonly reason: string };

/**
 * Whether the turns can be trained on: every one of them needs its exact tokens or its decisions, all of one kind
 * (docs/specification.md#training). A format error of the policy does not matter, a lost machine does
 * (docs/specification.md#format-errors, docs/specification.md#lost).
 */
export function trainabilityOf(outcome: RolloutOutcome, turns: readonly TrajectoryTurn[]): Trainability {
  if (outcome === 'lost') return { trainable: false, reason: 'the rollout was lost with its machine' };
  if (outcome === 'cancelled') return { trainable: false, reason: 'the rollout was cancelled' };
  if (turns.length === 0) return { trainable: false, reason: 'the policy never replied' };
  if (turns.every((turn) => turn.tokens !== undefined)) return { trainable: true };
  if (turns.every((turn) => turn.decisions !== undefined)) return { trainable: true };
  const without = turns.find((turn) => turn.tokens === undefined && turn.decisions === undefined);
  return without === undefined
    ? { trainable: false, reason: 'some turns carry tokens and others decisions' }
    : { trainable: false, reason: `the server returned no token ids for turn ${without.turn}` };
}
