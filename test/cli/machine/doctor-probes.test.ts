import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { describe, expect, it, onTestFinished } from 'vitest';

import { engineDiagnosis } from '../../../src/cli/machine/engine-check.ts';
import { openServices } from '../../../src/workers/open-services.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import { runCommand, temporaryDirectory } from '../command-fixture.ts';

describe('the container engine', () => {
  async function engine(answer: RequestListener): Promise<string> {
    const socket = join(temporaryDirectory(), 'docker.sock');
    const server = createServer(answer).listen(socket);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    return socket;
  }

  it('that answers is told with its version, asked for by nothing but GET /version', async () => {
    const asked: unknown[] = [];
    const socket = await engine(({ method, url }, response) => {
      asked.push([method, url]);
      response.end('{"Version": "28.2.2", "ApiVersion": "1.50"}');
    });
    const answers = { name: 'engine', status: 'ok', detail: `28.2.2, API 1.50 at unix://${socket}`, remedy: null };
    expect(await engineDiagnosis(undefined, socket)).toEqual(answers);
    expect(await engineDiagnosis(`unix://${socket}`)).toEqual(answers);
    expect(asked).toEqual([
      ['GET', '/version'],
      ['GET', '/version'],
    ]);
  });

  it.each([
    [500, '', 'it answers 500'],
    [200, '<html>', 'no engine answers'],
  ])('that answers %i %j is none', async (status, body, detail) => {
    const socket = await engine((_, response) => response.writeHead(status).end(body));
    expect(await engineDiagnosis(undefined, socket)).toMatchObject({ detail: expect.stringContaining(detail) });
  });

  it('that is not there is a note, and a problem where DOCKER_HOST names one', async () => {
    expect(await engineDiagnosis(undefined, '/nowhere.sock')).toMatchObject({
      ...{ status: 'note', remedy: expect.stringContaining('apt-get install docker.io') },
    });
    expect(await engineDiagnosis('tcp://127.0.0.1:9')).toMatchObject({
      ...{ status: 'problem', remedy: expect.stringContaining('unset DOCKER_HOST') },
    });
    expect(await engineDiagnosis('ssh://far')).toMatchObject({
      status: 'note',
      detail: expect.stringContaining('ssh://far is not asked'),
    });
  });
});

describe('the model call of doctor', () => {
  const completion = {
    choices: [{ index: 0, message: { role: 'assistant', content: 'O' }, finish_reason: 'length' }],
    usage: { prompt_tokens: 9, completion_tokens: 1 },
  };

  /** `doctor` on a configuration whose model server says it serves qwen and answers calls as it is told. */
  async function doctor(status: number, answer: unknown, more: readonly string[] = []) {
    const calls: unknown[] = [];
    const serve: RequestListener = (request, response) => {
      if (request.url?.endsWith('/models') === true) {
        response.end('{"data": [{"id": "qwen"}]}');
        return;
      }
      void text(request).then((body) => {
        const document: unknown = JSON.parse(body);
        calls.push({ authorization: request.headers.authorization, body: document });
        response.writeHead(status).end(JSON.stringify(answer));
      });
    };
    const server = createServer(serve).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const bound = server.address();
    const baseUrl = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}/v1`;
    const policy = { kind: 'openai', baseUrl, model: 'qwen', apiKeyEnv: 'SELFPLAY_TEST_KEY' };
    const config = join(temporaryDirectory(), 'config.json');
    writeFileSync(config, JSON.stringify({ policy, injectionGroups: 1, subjects: [{ directory: '/tmp' }] }));
    process.env.SELFPLAY_TEST_KEY = 'secret';
    onTestFinished(() => {
      delete process.env.SELFPLAY_TEST_KEY;
    });
    const parameters = ['doctor', '--json', '--config', config, ...more];
    const { stdout } = await runCommand(parameters, { backends: { openServices, openStore: createInMemoryStore } });
    const document: unknown = JSON.parse(stdout);
    return { document, calls };
  }

  const check = (expected: object) => ({ checks: expect.arrayContaining([expect.objectContaining(expected)]) });

  it('is one token, through the adapter of runs, with the key', async () => {
    const { document, calls } = await doctor(200, completion);
    const detail = expect.stringMatching(/^qwen answered in [\d.]+ s: 9 tokens read, 1 written, policy version \d+$/);
    expect(document).toMatchObject(check({ name: 'model call', status: 'ok', detail }));
    expect(calls).toEqual([
      { authorization: 'Bearer secret', body: expect.objectContaining({ model: 'qwen', max_tokens: 1 }) },
    ]);
  });

  it('that is refused, or not answered, is a problem with a remedy, after one try', async () => {
    for (const status of [403, 503]) {
      const { document, calls } = await doctor(status, { error: { message: 'no' } });
      const remedy = expect.stringContaining('--no-model-call');
      expect(document).toMatchObject(check({ name: 'model call', status: 'problem', remedy }));
      expect(calls).toHaveLength(1);
    }
  });

  it('is left out with --no-model-call', async () => {
    const { document, calls } = await doctor(200, completion, ['--no-model-call']);
    expect(document).toMatchObject(check({ name: 'policy', status: 'ok' }));
    expect(JSON.stringify(document)).not.toContain('model call');
    expect(calls).toEqual([]);
  });
});
