import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { TrainerLostError, TrainerRefusedError, TrainerUnavailableError } from '../../src/domain/failure/errors.ts';
import { forwardBackwardJson } from '../../src/tinker/fake/fake-json.ts';
import { decodeForwardBackward } from '../../src/tinker/fake/fake-protobuf.ts';
import { createTinkerClient, type TinkerClient } from '../../src/tinker/wire/tinker-client.ts';
import type { Wire } from '../../src/tinker/wire/tinker-shapes.ts';
import { askRecorded } from './recorded/ask-recorded.ts';
import { asFloat32, essence, nullAsNaN, withoutNegativeZero } from './recorded/plain-values.ts';
import { readRecording, type RecordedExchange } from './recorded/recorded-exchange.ts';
import { startReplayServer, type ReplayServer } from './recorded/replay-server.ts';

const ERRORS = {
  lost: TrainerLostError,
  refused: TrainerRefusedError,
  unavailable: TrainerUnavailableError,
  'not-sent': TrainerRefusedError,
} as const;

describe.each([
  { recording: 'skyrl-0.3', wire: 'json' },
  { recording: 'skyrl-0.4', wire: 'protobuf' },
] as const)('on the traffic recorded of $recording', ({ recording, wire }) => {
  let server: ReplayServer;
  let client: TinkerClient;
  beforeAll(async () => {
    server = await startReplayServer();
    client = createTinkerClient({
      ...{ baseUrl: server.baseUrl, server: 'skyrl', vocabularySize: 264, retries: 0, pauseMs: 1 },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(readRecording(recording).map((exchange) => ({ ...exchange, exchange })))(
    'the client sends $id as it was sent, and finds it $outcome: $method $path $note',
    async ({ exchange, outcome }) => {
      server.play(exchange.answers);
      const asked = askRecorded(client, exchange, wire);
      if (outcome === 'answered' || outcome === 'taken')
        expect(withoutNegativeZero(await asked)).toEqual(withoutNegativeZero(expected(exchange)));
      else await expect(asked).rejects.toThrow(ERRORS[outcome]);
      expectSent(server, exchange, wire);
    },
  );
});

it.each([
  {
    version: '0.3',
    status: 422,
    detail: [{ type: 'missing', loc: ['model_id'], msg: 'Field required' }],
    wire: 'json',
  },
  {
    version: '0.4',
    status: 415,
    detail: 'forward_backward requires a application/x-protobuf body (tinker SDK >= 0.25.0)',
    wire: 'protobuf',
  },
])('SkyRL $version, which answers a request without a model with $status, is found to take $wire', async (given) => {
  await using server = await startReplayServer();
  const client = createTinkerClient({ baseUrl: server.baseUrl, server: 'skyrl', retries: 0 });
  server.play([{ status: given.status, contentType: 'application/json', body: { detail: given.detail } }]);
  expect(await client.findWire(new AbortController().signal)).toBe(given.wire);
});

/** The first request is the recorded one, and the rest ask for its result. */
function expectSent({ received }: ReplayServer, exchange: RecordedExchange, wire: Wire): void {
  if (exchange.outcome === 'not-sent') {
    expect(received).toEqual([]);
    return;
  }
  const [first, ...polls] = received;
  if (exchange.path.startsWith('/forward') && wire === 'protobuf') {
    expect(first).toMatchObject({ path: '/forward_backward', contentType: 'application/x-protobuf' });
    const { lossConfig, ...sent } = decodeForwardBackward(first?.body ?? Buffer.alloc(0));
    const { lossConfig: config, ...rest } = forwardBackwardJson.parse(exchange.request);
    expect(essence(sent)).toEqual(asFloat32(essence(rest)));
    // Of a map of doubles, not of a tensor.
    expect(lossConfig).toEqual(config);
  } else {
    expect(first).toMatchObject({ method: exchange.method, path: exchange.path });
    if (exchange.request !== undefined) expect(essence(jsonOf(first?.body))).toEqual(essence(exchange.request));
  }
  const requestId = fieldOf(exchange.answers[0]?.body, 'request_id');
  expect(polls.map(({ path, body }) => [path, jsonOf(body)])).toEqual(
    exchange.answers.slice(1).map(() => ['/retrieve_future', { request_id: requestId }]),
  );
}

/** What the client gives for an exchange, read off the recording. */
function expected({ path, answers, outcome }: RecordedExchange): unknown {
  const [submitted, last] = [answers[0]?.body, answers.at(-1)?.body];
  if (outcome === 'taken') return { outcome };
  if (path.startsWith('/save_weights')) return { outcome: 'saved', path: fieldOf(last, 'path') };
  if (path.startsWith('/forward'))
    return {
      outputs: tensors.parse(fieldOf(last, 'loss_fn_outputs')).map(nullAsNaN),
      metrics: fieldOf(last, 'metrics'),
    };
  switch (path) {
    case '/optim_step':
      return nullAsNaN(fieldOf(last, 'metrics'));
    case '/asample':
      return { outcome: 'sampled', sequences: sampled.parse(fieldOf(last, 'sequences')) };
    case '/create_model':
      return fieldOf(submitted, 'model_id');
    case '/create_session':
      return fieldOf(last, 'session_id');
    case '/weights_info':
      return { baseModel: fieldOf(last, 'base_model') };
    default:
      return answers[0]?.status === 200 && path.endsWith('/checkpoints')
        ? stored.parse(fieldOf(last, 'checkpoints'))
        : undefined;
  }
}

const tensors = z.array(
  z.record(
    z.string(),
    z.object({ data: z.array(z.unknown()) }).transform(({ data }) => data),
  ),
);
const sampled = z.array(
  z
    .object({ stop_reason: z.string(), tokens: z.unknown(), logprobs: z.unknown() })
    .transform(({ stop_reason: stopReason, tokens, logprobs }) => ({ stopReason, tokens, logprobs })),
);
const stored = z.array(
  z
    .object({ checkpoint_id: z.string(), checkpoint_type: z.string(), tinker_path: z.string() })
    .transform(({ checkpoint_id: name, checkpoint_type: kind, tinker_path: path }) => ({ name, kind, path })),
);

function fieldOf(body: unknown, name: string): unknown {
  return z.record(z.string(), z.unknown()).parse(body ?? {})[name];
}

function jsonOf(body: Buffer | undefined): unknown {
  return JSON.parse(body?.toString('utf8') ?? 'null');
}
