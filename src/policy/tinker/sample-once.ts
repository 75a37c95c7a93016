import {
  PolicyRequestRejectedError,
  PolicyUnavailableError,
  TrainerLostError,
  TrainerRefusedError,
} from '../../domain/failure/errors.ts';
import { orAborted } from '../../domain/failure/or-aborted.ts';
import { keepingSession } from '../../tinker/wire/keeping-session.ts';
import type { TinkerClient } from '../../tinker/wire/tinker-client.ts';
import type { Sampled, SampledModel } from '../../tinker/wire/tinker-shapes.ts';
import type { Attempted } from '../http/attempts.ts';
import { mapContextOverflow } from '../http/map-context-overflow.ts';
import type { Overflow } from '../http/model-endpoint.ts';
import type { TokenQuestion, TokenReply } from '../token-in/token-server.ts';
import { policyFailureOf } from './policy-failure.ts';
import type { Sampler } from './samplers.ts';

export interface SampleParts {
  readonly client: TinkerClient;
  readonly samplerOf: (model: SampledModel) => Promise<Sampler>;
  readonly heartbeatMs: number | undefined;
}

export interface TinkerQuestion extends TokenQuestion {
  readonly model: SampledModel;
  /** For messages. */
  readonly what: string;
}

/** Asks once: the question is handed over, and its answer fetched when it is there. */
export async function sampleOnce(
  { client, samplerOf, heartbeatMs }: SampleParts,
  question: TinkerQuestion,
  signal: AbortSignal,
): Promise<Attempted<TokenReply | Overflow>> {
  const { what, model } = question;
  let sampler: Sampler | undefined;
  try {
    const { sessionId, ...asking } = (sampler = await orAborted(samplerOf(model), signal));
    const request = { ...requestOf(question), model: { ...asking, seqId: asking.nextSeqId() } };
    const sampled = await keepingSession(client, { sessionId, heartbeatMs }, () => client.sample(request, signal));
    return attemptedOf(question, sampled);
  } catch (error) {
    signal.throwIfAborted();
    const overflow = error instanceof TrainerRefusedError ? mapContextOverflow(error.message) : undefined;
    if (overflow !== undefined) return { reply: { overflow } };
    if (error instanceof TrainerLostError) sampler?.forget();
    throw policyFailureOf(what, error);
  }
}

function requestOf({ prompt, sampling, seed, endOfTurn }: TokenQuestion) {
  const { maxTokens, temperature, topP } = sampling;
  return { prompt, samples: 1, maxTokens, temperature, topP, topK: -1, seed, stop: [endOfTurn] };
}

function attemptedOf({ what, publication }: TinkerQuestion, sampled: Sampled): Attempted<TokenReply> {
  if (sampled.outcome === 'full') {
    const { retryAfterMs } = sampled;
    return { failure: new PolicyUnavailableError(`${what} answered 429`, { retryAfterMs }), isFull: true };
  }
  const [sequence] = sampled.sequences;
  if (sequence === undefined)
    return { failure: new PolicyUnavailableError(`${what} answered without a sequence`), isFull: false };
  const { tokens: completion, logprobs, stopReason: finish } = sequence;
  if (logprobs.length !== completion.length)
    throw new PolicyRequestRejectedError(
      `${what} answered with ${completion.length} tokens and ${logprobs.length} log-probabilities`,
    );
  return { reply: { completion, logprobs, finish, policyVersion: publication?.version ?? 0 } };
}
