import { appendIds, carriedIds, tokensProblem, type JournaledTokens } from '../record/sampled-tokens.ts';
import type { VersionSpan } from './sequence.ts';

/** One reply with the version of the weights that sampled it. */
export interface SampledTurn {
  readonly tokens: JournaledTokens;
  readonly policyVersion: number;
}

/** The four lists of a `TokenSequence`. */
export interface MergedTurns {
  readonly tokenIds: number[];
  readonly lossMask: (0 | 1)[];
  readonly logprobs: number[];
  readonly versions: VersionSpan[];
}

/**
 * The turns of a rollout as few sequences: a turn whose prompt begins with exactly what was read and said so far goes on
 * with it, any other begins a fork.
 *
 * A fork shares the ids up to where its prompt departs, and does not train them again: every sampled token is trained
 * once, in the sequence in which it was sampled. So the sum over all sequences is that over all replies, whether a
 * server re-tokenised the conversation or not. One sequence is held at a time; the time is linear in the ids of the
 * turns and of what is yielded.
 */
export function* mergeTurns(turns: Iterable<SampledTurn>): Generator<MergedTurns> {
  let current: MergedTurns = { tokenIds: [], lossMask: [], logprobs: [], versions: [] };
  for (const turn of turns) {
    const carried = carriedIds(turn.tokens, current.tokenIds);
    if (carried < current.tokenIds.length) {
      if (current.versions.length > 0) yield current;
      current = forkAt(current.tokenIds, carried);
    }
    append(current, turn, carried);
  }
  if (current.versions.length > 0) yield current;
}

function forkAt(ids: readonly number[], length: number): MergedTurns {
  const tokenIds = ids.slice(0, length);
  return { tokenIds, lossMask: tokenIds.map(() => 0), logprobs: tokenIds.map(() => 0), versions: [] };
}

function append(sequence: MergedTurns, { tokens, policyVersion }: SampledTurn, carried: number): void {
  const problem = tokensProblem(tokens);
  if (problem !== undefined) throw new RangeError(`not trainable: ${problem}`);
  const { tokenIds, lossMask, logprobs, versions } = sequence;
  const added = tokens.prompt.slice(carried - (tokens.carried ?? 0));
  appendIds(tokenIds, added);
  for (const _ of added) unsampled(sequence);
  const start = tokenIds.length;
  for (const [index, id] of tokens.completion.entries()) {
    tokenIds.push(id);
    // Nothing comes before the first token, so no probability of it can be worked out again.
    if (tokenIds.length === 1) unsampled(sequence);
    else {
      lossMask.push(1);
      logprobs.push(tokens.logprobs[index] ?? 0);
    }
  }
  const from = Math.max(start, 1);
  if (tokenIds.length > from) versions.push({ version: policyVersion, start: from, end: tokenIds.length });
}

function unsampled({ lossMask, logprobs }: MergedTurns): void {
  lossMask.push(0);
  logprobs.push(0);
}
