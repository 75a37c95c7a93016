import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

import { z } from 'zod';

import type { Policy, PolicyRequest } from '../../src/policy/policy.ts';
import { completionBody } from './fake-chat-server.ts';
import { listenLocally } from './listen-locally.ts';

const requestSchema = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  seed: z.int(),
});

/** A policy of the test behind an OpenAI-compatible server, for workers that are processes of their own. */
export async function servePolicy(policy: Policy): Promise<AsyncDisposable & { readonly baseUrl: string }> {
  const server = createServer((request, response) => {
    // A worker that is killed in the middle of its request is what some tests do.
    answer(policy, request, response).catch(() => response.destroy());
  });
  const listening = await listenLocally(server);
  return { baseUrl: `${listening.origin}/v1`, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() };
}

async function answer(policy: Policy, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  const { messages, seed } = requestSchema.parse(await json(request));
  const sampling = { temperature: 1, topP: 1, maxTokens: 1 };
  const { text } = await policy.sample({ role: roleOf(messages), messages, sampling, seed }, { signal: gone.signal });
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completionBody(text)));
}

/** A chat request does not say the role; what it is asked for does (prompts/solver.md). */
function roleOf(messages: PolicyRequest['messages']): PolicyRequest['role'] {
  return messages.some(({ content }) => content.includes('Repair a real source tree')) ? 'solver' : 'injector';
}
