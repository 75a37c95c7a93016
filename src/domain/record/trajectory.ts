import type { BlobRef } from './blob-ref.ts';
import type { Decision } from './decision.ts';
import type { Role, RolloutOutcome } from './ledger-rows.ts';
import {
  isLogProbability,
  NO_LOG_PROBABILITY,
  tokensProblem,
  type JournaledTokens,
  type ModelFileHashes,
} from './sampled-tokens.ts';

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
  /** With whose tokenizer and chat template its prompts were written, where that is known. */
  readonly modelFiles?: ModelFileHashes;
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

/** What the policy sampled in one turn. */
export interface PlayedTurn {
  readonly turn: number;
  readonly policyVersion: number;
  readonly tokens?: JournaledTokens | undefined;
  readonly decisions?: readonly Decision[] | undefined;
  readonly modelFiles?: ModelFileHashes | undefined;
}

/**
 * Whether the turns can be trained on: every one of them needs its exact tokens or its decisions, all of one kind and
 * with log-probabilities that are some (docs/specification.md#training). A format error of the policy does not matter, a
 * lost machine does (docs/specification.md#format-errors, docs/specification.md#lost).
 */
export function trainabilityOf(outcome: RolloutOutcome, turns: readonly PlayedTurn[]): Trainability {
  const reason = lossOf(outcome) ?? turnsProblem(turns);
  return reason === undefined ? { trainable: true } : { trainable: false, reason };
}

function lossOf(outcome: RolloutOutcome): string | undefined {
  if (outcome === 'lost') return 'the rollout was lost with its machine';
  if (outcome === 'cancelled') return 'the rollout was cancelled';
  return undefined;
}

function turnsProblem(turns: readonly PlayedTurn[]): string | undefined {
  if (turns.length === 0) return 'the policy never replied';
  const without = turns.find(({ tokens, decisions }) => tokens === undefined && decisions === undefined);
  if (without !== undefined) return `the server returned no token ids for turn ${without.turn}`;
  if (new Set(turns.map(({ tokens }) => tokens === undefined)).size > 1)
    return 'some turns carry tokens and others decisions';
  const other = turns.find(({ modelFiles }) => keyOf(modelFiles) !== keyOf(turns[0]?.modelFiles));
  if (other !== undefined) return `turn ${other.turn} was written with another tokenizer or chat template`;
  for (const played of turns) {
    const problem = samplingProblem(played);
    if (problem !== undefined) return `turn ${played.turn} has ${problem}`;
  }
  return undefined;
}

function keyOf(modelFiles: ModelFileHashes | undefined): string {
  return modelFiles === undefined ? '' : `${modelFiles.tokenizer} ${modelFiles.chatTemplate}`;
}

function samplingProblem({ tokens, decisions }: PlayedTurn): string | undefined {
  if (tokens !== undefined) return tokensProblem(tokens);
  return decisions?.every(({ logprob }) => isLogProbability(logprob)) === false ? NO_LOG_PROBABILITY : undefined;
}
