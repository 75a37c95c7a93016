import { createServer } from 'node:http';
import { once } from 'node:events';

import { describe, expect, it, onTestFinished } from 'vitest';

import { holdHome } from '../../src/cli/home-lock.ts';
import { nodeDiagnosis, policyDiagnosis } from '../../src/cli/machine-checks.ts';
import { aConfiguration } from '../support/run-fixture.ts';
import { createFakeTemporal, runCommand } from './command-fixture.ts';
import { createFakeDeployment, leaveSandbox } from './fake-deployment.ts';

describe('gc', () => {
  it('says what it would remove, and removes nothing, with --dry-run', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'left', 'run');
    const { exitCode, stdout } = await runCommand(['gc', '--dry-run'], world);
    expect([exitCode, stdout]).toEqual([0, 'would remove sandbox left: orphaned\n1 sandbox to remove\n']);
    await expect(world.services.sandboxes.list()).resolves.toHaveLength(1);
  });

  it('removes sandboxes that nobody comes back to, and leaves a judgement at work alone', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'left', 'run');
    await leaveSandbox(world, 'judging', 'local');
    await runCommand(['gc'], world);
    const left = await world.services.sandboxes.list();
    expect(left.map(({ id }) => id)).toEqual(['judging']);
  });

  it('touches only what has expired while a command holds the home', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'in-use', 'run');
    await leaveSandbox(world, 'expired', 'run', true);
    holdHome(world.environment.home, 'up');
    const { stdout, stderr } = await runCommand(['gc', '--json'], world);
    expect(JSON.parse(stdout)).toMatchObject({ sandboxes: [{ id: 'expired', reason: 'expired' }], server: null });
    expect(stderr).toContain('selfplay up runs here');
  });
});

describe('doctor', () => {
  it('lists what is there and what is not, each with its remedy, and exits with 1', async () => {
    const world = await createFakeDeployment(createFakeTemporal({ missing: ['Strategy'] }));
    const { exitCode, stdout } = await runCommand(['doctor'], world);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/ok +node +v/);
    expect(stdout).toMatch(/ok +server +127\.0\.0\.1:7233, Temporal 1\.31\.2/);
    expect(stdout).toMatch(
      /problem +search attributes +missing: Strategy\n +-> temporal operator search-attribute create/,
    );
    expect(stdout).toMatch(/problem +subjects +not there: \/nowhere\/toolz\n +-> scripts\/setup --only subjects/);
    expect(stdout).toMatch(/problem +temporal .*\n +-> scripts\/setup --only temporal/);
  });

  it('takes a missing server for a problem only where one is named', async () => {
    const document = async (parameters: readonly string[]): Promise<unknown> => {
      const { stdout } = await runCommand(['doctor', '--json', ...parameters]);
      return JSON.parse(stdout);
    };
    const server = (status: string) => ({
      checks: expect.arrayContaining([expect.objectContaining({ name: 'server', status })]),
    });
    expect(await document([])).toMatchObject(server('note'));
    expect(await document(['--address', 'far:7233'])).toMatchObject(server('problem'));
  });

  it.each([
    ['v20.12.0', 'ok'],
    ['v22.1.0', 'ok'],
    ['v20.11.1', 'problem'],
    ['v18.20.0', 'problem'],
  ])('node %s is %s', (version, status) => {
    expect(nodeDiagnosis(version).status).toBe(status);
  });
});

describe('the model endpoint of a configuration', () => {
  const policy = (baseUrl: string, more = {}) =>
    policyDiagnosis(aConfiguration({ policy: { kind: 'openai', baseUrl, model: 'qwen', ...more } }));

  async function modelServer(status: number, body: unknown): Promise<string> {
    const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)));
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1`;
  }

  it.each([
    [200, { data: [{ id: 'qwen' }] }, 'ok', 'serves qwen'],
    [200, { data: [{ id: 'llama' }] }, 'problem', 'does not name qwen'],
    [401, { error: 'no key' }, 'problem', 'answers 401'],
  ])('that answers %i with %j is %s', async (status, body, verdict, detail) => {
    const diagnosis = await policy(await modelServer(status, body));
    expect(diagnosis).toMatchObject({ status: verdict, detail: expect.stringContaining(detail) });
  });

  it('that is down is a problem with a remedy', async () => {
    expect(await policy('http://127.0.0.1:9/v1')).toMatchObject({ status: 'problem', remedy: expect.any(String) });
  });

  it('whose key is not set is a problem that names the variable', async () => {
    const diagnosis = await policy('http://127.0.0.1:9/v1', { apiKeyEnv: 'SELFPLAY_TEST_NO_SUCH_KEY' });
    expect(diagnosis.detail).toContain('SELFPLAY_TEST_NO_SUCH_KEY is not set');
  });
});
