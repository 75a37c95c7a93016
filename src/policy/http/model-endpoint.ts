import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../domain/failure/errors.ts';
import { exchangeJson, type HttpAnswer, type JsonRequest } from '../../http/exchange.ts';
import { failureOf, serverMessage } from './answer-failure.ts';
import { createAttempts, type Attempted, type AttemptsOptions } from './attempts.ts';
import { mapContextOverflow, type ContextOverflow } from './map-context-overflow.ts';

export interface ModelEndpointOptions extends AttemptsOptions {
  /** As the server names it, for requests and for people. */
  readonly model: string;
  readonly apiKey?: string | undefined;
}

/** How one kind of server is asked for a reply. */
export interface Question<Reply> {
  readonly url: URL;
  /** JSON. */
  readonly body: string;
  /** As it is named in the body; by default the endpoint's own. */
  readonly model?: string | undefined;
  /** The reply that an answer with status 200 holds; undefined when it holds none. */
  readonly read: (answer: HttpAnswer) => Reply | undefined;
}

/** A server that samples: one limit for all that is asked of it. */
export interface ModelEndpoint {
  /** One reply after bounded retries, or the server's word that the request is too long for the context. */
  ask<Reply extends object>(question: Question<Reply>, signal: AbortSignal): Promise<Reply | Overflow>;
}

export interface Overflow {
  readonly overflow: ContextOverflow;
}

// Token ids and log-probabilities of 131 072 tokens are about 10 MiB of JSON; beyond this it is not a reply.
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

export function createModelEndpoint(options: ModelEndpointOptions): ModelEndpoint {
  const attempts = createAttempts(options);
  const post = postTo(options);
  return {
    ask: ({ model = options.model, ...question }, signal) =>
      attempts.until(
        {
          name: `POST ${question.url.origin}${question.url.pathname} (model ${model})`,
          once: (what, within) => post({ ...question, model }, what, within),
        },
        signal,
      ),
  };
}

/** One attempt. */
function postTo({ model: own, apiKey: key }: ModelEndpointOptions) {
  // A key read from a file often ends with a newline, which no header may contain.
  const apiKey = key?.trim() === '' ? undefined : key?.trim();
  const headers: Readonly<Record<string, string>> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  return async <Reply extends object>(
    { url, body, read, model }: Question<Reply>,
    what: string,
    signal: AbortSignal,
  ): Promise<Attempted<Reply | Overflow>> => {
    const answer = await posted(what, { url, headers, body, signal });
    const reply = answer.status === 200 ? read(answer) : undefined;
    if (reply !== undefined) return { reply };
    const overflow = refusesTheRequest(answer.status) ? mapContextOverflow(serverMessage(answer.body)) : undefined;
    if (overflow !== undefined) return { reply: { overflow } };
    const failure = failureOf(what, answer, apiKey);
    return {
      failure: model !== own && answer.status === 404 ? notServed(failure) : failure,
      isFull: answer.status === 429,
    };
  };
}

async function posted(
  what: string,
  request: Pick<JsonRequest, 'url' | 'headers' | 'body' | 'signal'>,
): Promise<HttpAnswer> {
  try {
    return await exchangeJson({ ...request, method: 'POST', mostBytes: LARGEST_ANSWER_BYTES });
  } catch (error) {
    throw unreachable(what, error);
  }
}

/**
 * A server that was started again has no adapters until one is loaded, and lets go of old ones. Who waits asks for the
 * newest one then.
 */
function notServed({ message }: Error): Error {
  return new PolicyUnavailableError(`${message} (the server does not have this version loaded)`);
}

/** Routers wrap their upstream's refusal in an answer with status 200. */
function refusesTheRequest(status: number): boolean {
  return status === 200 || status === 400 || status === 413 || status === 422;
}

function unreachable(what: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  // A header or address that cannot be sent is refused before anything is sent, and always will be.
  if (error instanceof TypeError) return new PolicyRequestRejectedError(`${what}: ${message}`);
  return new PolicyUnavailableError(`${what}: ${message}`, { cause: error });
}
