import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import type { PolicyStep } from '../policy/policy-contract.ts';
import { listenLocally } from './listen-locally.ts';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** What the server does with one request. */
export type Play =
  | {
      readonly play: 'answer';
      readonly status?: number;
      /** Text is sent as it is, anything else as JSON. */
      readonly body: unknown;
      readonly headers?: Record<string, string>;
      readonly afterMs?: number;
    }
  /** Headers at once, then the body a few bytes at a time. */
  | { readonly play: 'drip'; readonly body: unknown; readonly pauseMs: number }
  | { readonly play: 'hang' }
  | { readonly play: 'reset' }
  | { readonly play: 'reset-in-body'; readonly body: unknown };

export interface FakeChatServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly received: readonly ReceivedRequest[];
  /** Requests whose client went away before the answer was complete. */
  readonly abandoned: number;
  /** Most requests in flight at once. */
  readonly peak: number;
}

/** A chat server on a real socket. It plays the list in order, the last play for ever; or what a function says. */
export async function startFakeChatServer(
  plays: readonly Play[] | ((request: ReceivedRequest, index: number, inFlight: number) => Play),
): Promise<FakeChatServer> {
  const received: ReceivedRequest[] = [];
  let abandoned = 0;
  let inFlight = 0;
  let peak = 0;
  const playAt = (request: ReceivedRequest, index: number): Play =>
    typeof plays === 'function' ? plays(request, index, inFlight) : (plays[index] ?? plays.at(-1) ?? { play: 'hang' });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    inFlight += 1;
    peak = Math.max(peak, inFlight);
    response.once('close', () => {
      inFlight -= 1;
      if (!response.writableFinished) abandoned += 1;
    });
    const body = await textOf(request);
    const entry = { path: request.url ?? '', headers: request.headers, body: jsonObject(body) };
    received.push(entry);
    await perform(playAt(entry, received.length - 1), response);
  };
  const server = createServer((request, response) => {
    // A client that goes away in the middle of its request is what some tests do.
    handle(request, response).catch(() => response.destroy());
  });
  const listening = await listenLocally(server);
  return {
    baseUrl: `${listening.origin}/v1`,
    received,
    get abandoned() {
      return abandoned;
    },
    get peak() {
      return peak;
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

/** How servers of all kinds refuse, are full, or say nothing. */
export function failing(step: Exclude<PolicyStep, { step: 'reply' | 'context-exceeded' }>): Play {
  switch (step.step) {
    case 'unavailable': {
      const headers = { 'retry-after': String(step.retryAfterMs / 1000) };
      return { play: 'answer', status: 429, body: 'full', headers };
    }
    case 'rejected':
      return { play: 'answer', status: 404, body: { error: { message: 'no such model' } } };
    case 'hang':
      return { play: 'hang' };
  }
}

/** A chat completion as a server without extensions sends it. */
export function completionBody(text: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'test-model',
    choices: [choiceOf(text)],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
    ...extra,
  };
}

export function choiceOf(text: string | null, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop', ...extra };
}

/** A completion with token ids in vLLM's shape: the prompt's at the top, the sampled ones in the choice. */
export function vllmBody(text: string, tokens: { prompt: number[]; completion: number[]; logprobs: number[] }) {
  return completionBody(text, {
    prompt_token_ids: tokens.prompt,
    choices: [
      choiceOf(text, {
        token_ids: tokens.completion,
        logprobs: {
          content: tokens.logprobs.map((logprob) => ({ token: '?', logprob, bytes: [63], top_logprobs: [] })),
        },
      }),
    ],
  });
}

/** A completion with token ids in SGLang's shape: all in the choice, the sampled ones in `meta_info`. */
export function sglangBody(text: string, tokens: { prompt: number[]; completion: number[]; logprobs: number[] }) {
  return completionBody(text, {
    metadata: { weight_version: '12' },
    choices: [
      choiceOf(text, {
        prompt_token_ids: tokens.prompt,
        meta_info: {
          output_token_logprobs: tokens.completion.map((id, index) => [tokens.logprobs[index], id, null]),
        },
      }),
    ],
  });
}

async function perform(play: Play, response: ServerResponse): Promise<void> {
  switch (play.play) {
    case 'answer':
      await delay(play.afterMs ?? 0);
      response.writeHead(play.status ?? 200, { 'content-type': 'application/json', ...play.headers });
      response.end(asText(play.body));
      return;
    case 'drip':
      response.writeHead(200, { 'content-type': 'application/json' });
      // Seven bytes at a time, so that characters are split.
      for (let rest = Buffer.from(asText(play.body)); rest.length > 0; rest = rest.subarray(7)) {
        if (response.destroyed) return;
        response.write(rest.subarray(0, 7));
        await delay(play.pauseMs);
      }
      response.end();
      return;
    case 'hang':
      return;
    case 'reset':
      response.destroy();
      return;
    case 'reset-in-body': {
      const text = asText(play.body);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.write(text.slice(0, Math.floor(text.length / 2)));
      // The half must be on its way before the connection breaks.
      await delay(20);
      response.destroy();
    }
  }
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function jsonObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
