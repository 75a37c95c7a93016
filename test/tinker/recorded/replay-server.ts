import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { z } from 'zod';

import { encodeForwardBackwardOutput, encodeSampleResponse } from '../../../src/tinker/fake/fake-protobuf.ts';
import type { RecordedAnswer } from './recorded-exchange.ts';

export interface ReplayServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** What was asked since `play`. */
  readonly received: { method: string; path: string; contentType: string; body: Buffer }[];
  /** Answers the next requests with these, in order; one too many finds the connection closed. */
  play(answers: readonly RecordedAnswer[]): void;
}

/** Says what a server was recorded to say. What was protobuf is written as protobuf again. */
export async function startReplayServer(): Promise<ReplayServer> {
  const received: ReplayServer['received'] = [];
  const left: RecordedAnswer[] = [];
  const server = createServer((message, response) => {
    const handle = async () => {
      const path = (message.url ?? '').replace(/^\/api\/v1/, '');
      const contentType = message.headers['content-type'] ?? '';
      received.push({ method: message.method ?? '', path, contentType, body: await buffer(message) });
      const answer = left.shift();
      if (answer === undefined) return void response.destroy();
      response.writeHead(answer.status, { 'content-type': answer.contentType }).end(bodyOf(answer));
    };
    handle().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    baseUrl: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    received,
    play: (answers) => {
      received.splice(0);
      left.splice(0, left.length, ...answers);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const numbers = z.array(z.number().nullable()).transform((values) => values.map((value) => value ?? Number.NaN));
const lossSchema = z.object({
  loss_fn_outputs: z.array(z.record(z.string(), z.object({ data: numbers }))),
  metrics: z.record(z.string(), z.number()),
});
const sampleSchema = z.object({
  sequences: z.array(
    z.object({ stop_reason: z.enum(['stop', 'length']), tokens: z.array(z.int()), logprobs: z.array(z.number()) }),
  ),
});

function bodyOf({ contentType, body }: RecordedAnswer): string | Uint8Array {
  if (contentType !== 'application/x-protobuf') return body === undefined ? '' : JSON.stringify(body);
  const sampled = sampleSchema.safeParse(body).data;
  if (sampled !== undefined)
    return encodeSampleResponse({
      sequences: sampled.sequences.map(({ stop_reason: stopReason, ...rest }) => ({ stopReason, ...rest })),
    });
  const { loss_fn_outputs: outputs, metrics } = lossSchema.parse(body);
  return encodeForwardBackwardOutput({
    metrics,
    outputs: outputs.map((output) =>
      Object.fromEntries(Object.entries(output).map(([name, { data }]) => [name, data])),
    ),
  });
}
