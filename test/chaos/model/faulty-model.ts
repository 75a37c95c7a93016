import { appendFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { completionBody } from '../../support/fake-chat-server.ts';
import type { Asked, Script } from './script.ts';

export const MODEL_FAULTS = ['429', '500', 'hang', 'garbage', 'reset', 'cut'] as const;
export type ModelFault = (typeof MODEL_FAULTS)[number];

/** A model server that can be made to fail, and that keeps a log of its own. */
export interface FaultyModel {
  readonly port: number;
  /** Knows the rollouts of a run from now on. */
  expect(rollouts: ReadonlyMap<number, string>): void;
  /** How it fails from now on; undefined for not at all. */
  fail(fault: ModelFault | undefined): void;
  stop(): Promise<void>;
}

const messagesSchema = z.array(z.object({ role: z.string(), content: z.string() }));
const requestSchema = z.object({ messages: messagesSchema, seed: z.int() });

/** As long as a small model takes for a short reply. */
const REPLY_MS = 150;

export async function startModel(script: Script, log: string): Promise<FaultyModel> {
  const rollouts = new Map<number, string>();
  let fault: ModelFault | undefined;
  let calls = 0;
  writeFileSync(log, '');
  const note = (event: 'asked' | 'answered', id: string, asked: Asked) => {
    appendFileSync(log, `${JSON.stringify({ id, ...asked, event })}\n`);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { messages, seed } = requestSchema.parse(await json(request));
    const turn = messages.filter(({ role }) => role === 'assistant').length;
    const asked = { rolloutId: rollouts.get(seed) ?? `seed ${seed}`, turn, step: turn - inVain(messages) };
    calls += 1;
    const id = `call-${calls}`;
    note('asked', id, asked);
    await delay(REPLY_MS);
    const body = JSON.stringify(completionBody(`[${id}]\n${script(asked)}`));
    if (fault === undefined)
      response.once('finish', () => {
        note('answered', id, asked);
      });
    await perform(fault, body, response);
  };
  const server = createServer((request, response) => {
    // A worker that is killed in the middle of its request is what this is for.
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listening = server.address();
  return {
    port: typeof listening === 'object' ? (listening?.port ?? 0) : 0,
    expect: (more) => {
      for (const [seed, rollout] of more) rollouts.set(seed, rollout);
    },
    fail: (next) => (fault = next),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Turns that a full disk brought to nothing. */
function inVain(messages: z.infer<typeof messagesSchema>): number {
  return messages.slice(2).filter(({ role, content }) => role === 'user' && /no space left/i.test(content)).length;
}

async function perform(fault: ModelFault | undefined, body: string, response: ServerResponse): Promise<void> {
  const type = { 'content-type': 'application/json' };
  switch (fault) {
    case undefined:
      response.writeHead(200, type).end(body);
      return;
    case '429':
      response.writeHead(429, { ...type, 'retry-after': '1' }).end('{"error":{"message":"too many requests"}}');
      return;
    case '500':
      response.writeHead(500, type).end('{"error":{"message":"out of memory"}}');
      return;
    case 'hang':
      return;
    case 'garbage':
      response.writeHead(200, type).end(`<html>${body.slice(0, 40)}`);
      return;
    case 'reset':
      response.destroy();
      return;
    case 'cut':
      response.writeHead(200, { ...type, 'content-length': Buffer.byteLength(body) });
      response.write(body.slice(0, Math.floor(body.length / 2)));
      // The half must be on its way before the connection breaks.
      await delay(20);
      response.destroy();
  }
}
