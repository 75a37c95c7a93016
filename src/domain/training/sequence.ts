import type { Decision } from '../record/decision.ts';
import type { Role } from '../record/ledger-rows.ts';

/** What a trainer learns from: tokens of a language model, or the decisions of the embedded policy. */
export type Sequence = TokenSequence | DecisionSequence;
export type SequenceKind = Sequence['kind'];

interface OfRollout {
  /** Unique in a run: the rollout's id, with the number of the fork where it has several (docs/training.md). */
  readonly sequenceId: string;
  readonly rolloutId: string;
  readonly groupId: string;
  readonly role: Role;
  /** Of the rollout; each sampled token or decision of its sequences has it. */
  readonly advantage: number;
  /** At which it was sampled. */
  readonly temperature: number;
}

/** Everything that the model read and said, in order. The four lists are of one length. */
export interface TokenSequence extends OfRollout {
  readonly kind: 'tokens';
  readonly tokenIds: readonly number[];
  /** 1 where the policy has sampled the token and it is trained on; the first token is never trained on. */
  readonly lossMask: readonly (0 | 1)[];
  /** Log-probability under the weights that sampled it; 0 where the mask is 0. */
  readonly logprobs: readonly number[];
  /** Which weights sampled which tokens, `[start, end)`. */
  readonly versions: readonly VersionSpan[];
}

export interface VersionSpan {
  readonly version: number;
  readonly start: number;
  readonly end: number;
}

/** The choices of a rollout of the embedded policy, in order. */
export interface DecisionSequence extends OfRollout {
  readonly kind: 'decisions';
  readonly decisions: readonly Decision[];
  /** The oldest weights that took part. */
  readonly version: number;
}

/** What is trained on: sampled tokens or decisions. */
export function trainedUnits(sequence: Sequence): number {
  return sequence.kind === 'decisions'
    ? sequence.decisions.length
    : sequence.lossMask.reduce<number>((sum, mask) => sum + mask, 0);
}
