import type { ReplyEnd } from '../domain/protocol/tool-protocol.ts';
import type { Decision } from '../domain/record/decision.ts';
import type { Role } from '../domain/record/ledger-rows.ts';
import type { ModelFileHashes, SampledTokens } from '../domain/record/sampled-tokens.ts';
import type { Publication } from '../domain/training/publication.ts';

/**
 * The policy port: the one model behind both roles.
 *
 * Errors: `PolicyUnavailableError` (no answer now; wait and ask again), `PolicyRequestRejectedError` (this request will
 * never be answered), and the abort reason when `signal` aborts. A reply that makes no sense is the policy's own
 * mistake, so it is a value.
 */
export interface Policy {
  readonly name: string;
  sample(request: PolicyRequest, options: { readonly signal: AbortSignal }): Promise<PolicyReply>;
}

export interface PolicyRequest {
  readonly role: Role;
  readonly messages: readonly Message[];
  readonly sampling: Sampling;
  /** The same for every turn of a rollout, different between rollouts: sibling attempts must not be copies. */
  readonly seed: number;
  /** Weights that a trainer has published; without it those that the policy begins with. */
  readonly publication?: Publication | undefined;
}

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
  /** Of the last reply: all ids that were read and said so far, with which a prompt in tokens goes on. */
  readonly conversation?: readonly number[];
}

export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  /** Most tokens of one reply. */
  readonly maxTokens: number;
}

export interface PolicyReply {
  readonly text: string;
  readonly finish: ReplyEnd;
  readonly usage: Usage;
  /** The weights that sampled this reply, as their server names them. */
  readonly policyVersion: number;
  /** Exact tokens, where the server returns them; without them the turn is not trainable on-policy. */
  readonly tokens?: SampledTokens;
  /** With whose tokenizer and chat template the prompt was written, where the server is asked in tokens. */
  readonly modelFiles?: ModelFileHashes;
  /** What the embedded policy chose from: its kind of sequence. */
  readonly decisions?: readonly Decision[];
  /**
   * Of the embedded policy, which knows its own commands: the tool call leaves everything as it was that a later one of
   * the rollout looks at.
   */
  readonly leavesNoTrace?: true;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costUsd: number;
}
