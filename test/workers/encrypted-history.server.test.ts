import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectTemporal } from '../../src/cli/temporal/connect-temporal.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import { startCodecServer, type CodecServer } from '../../src/workers/codec-server.ts';
import { createPayloadCodec } from '../../src/workers/payload-encryption.ts';
import { policyNamed, startDeployment, type TestDeployment } from '../support/test-server.ts';

const payloadKeys = [{ id: 'this-year', key: Buffer.alloc(32, 7) }];
/** In the input of a run, in a failure's message and in a result. */
const WORD = 'confidential';

let directory: string;
let deployment: TestDeployment;
let codecServer: CodecServer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-encrypted-'));
  const subject = join(directory, WORD);
  mkdirSync(subject);
  writeFileSync(join(subject, 'README.md'), 'a project\n');
  deployment = await startDeployment(
    { 'gives-up': createScriptedPolicy({ injector: ['I give up.'] }) },
    { payloadKeys },
  );
  const codec = createPayloadCodec(payloadKeys);
  codecServer = await startCodecServer({ codec, host: '127.0.0.1', port: 0, origins: [], token: 'let me in' });
});

afterAll(async () => {
  await codecServer.close();
  await deployment.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** What the `temporal` binary says, as a person has it without and with the codec server. */
async function temporal(...parameters: readonly string[]): Promise<string> {
  const { temporalBinary } = deployment.environment;
  const where = ['--address', deployment.server.address];
  const { stdout } = await promisify(execFile)(temporalBinary, [...parameters, ...where], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

const decoding = () => ['--codec-endpoint', codecServer.url, '--codec-auth', 'Bearer let me in'];

/** Payloads are base64 in JSON, so the word is looked for in what they hold, whatever they are encoded as. */
function holdsWord(history: string): boolean {
  const decoded = [...history.matchAll(/"data": "([^"]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString('latin1'),
  );
  return [history, ...decoded].some((text) => text.includes(WORD));
}

const show = (workflowId: string, ...options: readonly string[]) =>
  temporal('workflow', 'show', '--workflow-id', workflowId, '--output', 'json', ...options);

async function start(workflowId: string, changes: Readonly<Record<string, unknown>>) {
  const subjects = [{ name: 'open', directory: join(directory, WORD) }];
  const group = { injection_groups: 1, injection_group_size: 1, rollout: { turns: 1 } };
  const input = { subjects, policy: policyNamed('gives-up'), ...group, ...changes };
  const file = join(directory, `${workflowId}.json`);
  writeFileSync(file, JSON.stringify(input));
  const place = ['--task-queue', 'selfplay', '--workflow-id', workflowId, '--input-file', file];
  await temporal('workflow', 'start', '--type', 'selfPlayTraining', ...place, ...decoding());
}

describe('with keys, what the server keeps', () => {
  it('holds no plain text of a run, its episode and its rollout; with the codec server `temporal` shows it', async () => {
    await start('encrypted', {});
    const progress: unknown = await deployment.client.workflow.getHandle('encrypted').result();
    expect(progress).toMatchObject({ episodes: { finished: 1 } });
    for (const workflowId of ['encrypted', 'encrypted/episode-0', 'encrypted/episode-0/injector']) {
      expect(holdsWord(await show(workflowId))).toBe(false);
      expect(holdsWord(await show(workflowId, ...decoding()))).toBe(true);
    }
  });

  it('holds no plain text of a failure', async () => {
    await start('mistyped', { [WORD]: 1 });
    const ended = deployment.client.workflow.getHandle('mistyped').result();
    await expect(ended).rejects.toMatchObject({ cause: { message: expect.stringContaining(WORD) } });
    expect(holdsWord(await show('mistyped'))).toBe(false);
    expect(holdsWord(await show('mistyped', ...decoding()))).toBe(true);
  });

  it('is read by who has the keys: queries and results of the command line', async () => {
    const temporal = await connectTemporal(deployment.server, payloadKeys);
    expect(await temporal.queryTraining('encrypted')).toMatchObject({ runId: 'encrypted' });
    expect(await temporal.awaitEnd('mistyped')).toMatchObject({ reason: expect.stringContaining(WORD) });
    await temporal.close();
  });
});
