import { setTimeout as delay } from 'node:timers/promises';

import pRetry, { type RetryContext } from 'p-retry';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../domain/failure/errors.ts';
import { createAdaptiveLimit, type AdaptiveLimit } from './adaptive-limit.ts';
import { mapContextOverflow, type ContextOverflow } from './map-context-overflow.ts';
import { mapPolicyVersion } from './map-policy-version.ts';
import { readCompletion, type TokenPrice } from './openai-completion.ts';
import { failureOf, retryAfterMs, serverMessage } from './openai-failure.ts';
import { postJson, type HttpAnswer } from './openai-transport.ts';
import type { Policy, PolicyReply, PolicyRequest } from '../policy.ts';

export interface OpenAIPolicyOptions {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** For one request. No retry begins once this long has passed, so a call ends within about twice as much. */
  readonly timeoutMs: number;
  readonly retries: number;
  readonly maxConcurrency: number;
  /** Without it the server's own figure counts, where it gives one. */
  readonly price?: TokenPrice | undefined;
  /** Ask for token ids and log-probabilities: for vLLM and SGLang, which have these extensions. Others may refuse. */
  readonly requestTokenIds: boolean;
  /** The first wait between two attempts; each further one is twice as long. */
  readonly firstBackoffMs?: number | undefined;
}

// A proxy that changes its upstream is back in well under a second; five retries from here wait 16 to 31 s in all.
const FIRST_BACKOFF_MS = 500;

// Longer waits belong to the workflow, where they hold no worker slot (docs/specification.md#durability). It is told
// how long the server asks.
const LONGEST_WAIT_MS = 30_000;

// In fewer tokens than this no tool call of any use can be made: the context is full.
const SMALLEST_REPLY_TOKENS = 256;

/** Any OpenAI-compatible chat server: vLLM, SGLang, a hosted model. Tool calls are text; the server sees no tools. */
export function createOpenAIPolicy(options: OpenAIPolicyOptions): Policy {
  const endpoint = createEndpoint(options);
  return {
    name: options.model,
    async sample(request, { signal }) {
      const first = await ask(endpoint, request, signal);
      if (!('overflow' in first)) return first;
      const room = roomLeft(first.overflow);
      // Servers refuse a prompt that fits when the longest reply would not. The reply may be shorter.
      const second =
        room >= SMALLEST_REPLY_TOKENS && room < request.sampling.maxTokens
          ? await ask(endpoint, { ...request, sampling: { ...request.sampling, maxTokens: room } }, signal)
          : first;
      return 'overflow' in second ? contextExceeded(options.model) : second;
    },
  };
}

interface Endpoint {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly apiKey: string | undefined;
  readonly limit: AdaptiveLimit<HttpAnswer>;
  readonly options: OpenAIPolicyOptions;
}

type Outcome = PolicyReply | { readonly overflow: ContextOverflow };

function createEndpoint(options: OpenAIPolicyOptions): Endpoint {
  // A key read from a file often ends with a newline, which no header may contain.
  const apiKey = options.apiKey?.trim() === '' ? undefined : options.apiKey?.trim();
  return {
    url: new URL(`${options.baseUrl.replace(/\/+$/, '')}/chat/completions`),
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    apiKey,
    limit: createAdaptiveLimit<HttpAnswer>(options.maxConcurrency, {
      throttled: ({ status }) => status === 429,
      // Who is told to wait for longer tells its workflow; others look at the endpoint again.
      pauseMs: ({ headers }) => Math.min(retryAfterMs(headers, Date.now()) ?? 0, LONGEST_WAIT_MS),
    }),
    options,
  };
}

/** One answer, after bounded retries. */
async function ask(endpoint: Endpoint, request: PolicyRequest, signal: AbortSignal): Promise<Outcome> {
  const { retries, timeoutMs, firstBackoffMs = FIRST_BACKOFF_MS } = endpoint.options;
  const body = JSON.stringify(requestBody(endpoint.options, request));
  try {
    return await pRetry((attempt) => attemptOnce(endpoint, body, attempt, signal), {
      retries,
      signal,
      minTimeout: firstBackoffMs,
      factor: 2,
      maxTimeout: LONGEST_WAIT_MS,
      // Rollouts that were refused together must not come back together.
      randomize: true,
      maxRetryTime: timeoutMs,
      shouldRetry: ({ error }) => waitsWithin(error),
      onFailedAttempt: (context) => serverWait(context, signal),
    });
  } catch (error) {
    // An abort looks like a network failure from inside, and its reason need not be an Error.
    signal.throwIfAborted();
    throw error;
  }
}

async function attemptOnce(endpoint: Endpoint, body: string, attempt: number, signal: AbortSignal): Promise<Outcome> {
  const { url, headers, apiKey, limit, options } = endpoint;
  const what = `attempt ${attempt} of ${options.retries + 1}: POST ${url.origin}${url.pathname} (model ${options.model})`;
  const answer = await limit.run(async () => {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    try {
      return await postJson({ url, headers, body, signal: AbortSignal.any([signal, timeout]) });
    } catch (error) {
      throw unreachable(what, error, timeout.aborted ? options.timeoutMs : undefined);
    }
  }, signal);
  const reply = answer.status === 200 ? readCompletion(answer, options) : undefined;
  if (reply !== undefined) return reply;
  const overflow = refusesTheRequest(answer.status) ? mapContextOverflow(serverMessage(answer.body)) : undefined;
  if (overflow !== undefined) return { overflow };
  throw failureOf(what, answer, apiKey);
}

/** Routers wrap their upstream's refusal in an answer with status 200. */
function refusesTheRequest(status: number): boolean {
  return status === 200 || status === 400 || status === 413 || status === 422;
}

function unreachable(what: string, error: unknown, timedOutAfterMs: number | undefined): Error {
  if (timedOutAfterMs !== undefined)
    return new PolicyUnavailableError(`${what}: no answer within ${timedOutAfterMs} ms`);
  const message = error instanceof Error ? error.message : String(error);
  // A header or address that cannot be sent is refused before anything is sent, and always will be.
  if (error instanceof TypeError) return new PolicyRequestRejectedError(`${what}: ${message}`);
  return new PolicyUnavailableError(`${what}: ${message}`, { cause: error });
}

function waitsWithin(error: Error): boolean {
  return error instanceof PolicyUnavailableError && (error.retryAfterMs ?? 0) <= LONGEST_WAIT_MS;
}

/** The wait that the server asks for; p-retry's backoff comes on top, so that not everybody returns at that moment. */
async function serverWait({ error, retriesLeft }: RetryContext, signal: AbortSignal): Promise<void> {
  if (!(error instanceof PolicyUnavailableError) || error.retryAfterMs === undefined) return;
  if (retriesLeft > 0 && waitsWithin(error)) await delay(error.retryAfterMs, undefined, { signal });
}

function requestBody(options: OpenAIPolicyOptions, { messages, sampling, seed }: PolicyRequest): object {
  return {
    model: options.model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    max_tokens: sampling.maxTokens,
    seed,
    // SGLang returns token ids only so, and nothing here could use half a reply.
    stream: false,
    ...(options.requestTokenIds ? trainingFields : {}),
  };
}

const trainingFields = {
  logprobs: true,
  // vLLM from 0.10.2, SGLang from July 2026.
  return_token_ids: true,
  // SGLang from 0.5.13.
  return_prompt_token_ids: true,
  return_meta_info: true,
  // Both servers otherwise take these from the model's generation_config.json, and then the log-probabilities are of
  // another distribution than the trainer's.
  top_k: -1,
  min_p: 0,
  repetition_penalty: 1,
} as const;

/** Tokens left for a reply; 0 where the server does not say. SGLang wants one token less than the whole context. */
function roomLeft({ contextTokens, promptTokens }: ContextOverflow): number {
  return contextTokens === undefined || promptTokens === undefined ? 0 : contextTokens - promptTokens - 1;
}

function contextExceeded(model: string): PolicyReply {
  return {
    text: '',
    finish: 'context-exceeded',
    usage: { promptTokens: 0, completionTokens: 0, costUsd: 0 },
    policyVersion: mapPolicyVersion(model),
  };
}
