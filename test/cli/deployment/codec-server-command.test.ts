import { describe, expect, it, vi } from 'vitest';

import type { Backends } from '../../../src/cli/command/backends.ts';
import { anEnvironment, runCommand } from '../command-fixture.ts';

const payloadKeys = [{ id: 'one', key: Buffer.alloc(32, 1) }];

/** Runs the command until Ctrl-C, against a server that only notes how it was started. */
async function run(options: readonly string[], keys = payloadKeys) {
  const started: Parameters<Backends['startCodecServer']>[0][] = [];
  const done: string[] = [];
  const backends: Partial<Backends> = {
    startCodecServer: (given) => {
      started.push(given);
      const close = () => Promise.resolve(void done.push('closed'));
      return Promise.resolve({ url: 'http://127.0.0.1:8081', close });
    },
  };
  const environment = { ...anEnvironment(), payloadKeys: keys };
  const during = (interrupt: (reason: 'SIGINT') => void) => {
    setTimeout(interrupt, 0, 'SIGINT');
  };
  const ran = await runCommand(['codec-server', ...options], { backends, environment, during });
  return { ...ran, started, done };
}

describe('codec-server', () => {
  it('serves the UI of this machine on a loopback address, and says how to ask it', async () => {
    const { exitCode, stdout, started, done } = await run([]);
    expect([exitCode, done]).toEqual([0, ['closed']]);
    const origins = ['http://127.0.0.1:8233', 'http://localhost:8233'];
    expect(started).toEqual([{ keys: payloadKeys, host: '127.0.0.1', port: 8081, origins }]);
    expect(stdout).toContain('temporal workflow show --workflow-id my-run --codec-endpoint http://127.0.0.1:8081');
  });

  it('takes the origins that are given in place of its own, and a token from its variable', async () => {
    vi.stubEnv('CODEC_TOKEN', 'let me in');
    const given = ['--host', '0.0.0.0', '--token-env', 'CODEC_TOKEN', '--origin', 'https://a', '--origin', 'https://b'];
    const { started, stdout } = await run(given);
    expect(started).toMatchObject([{ host: '0.0.0.0', token: 'let me in', origins: ['https://a', 'https://b'] }]);
    expect(stdout).not.toContain('let me in');
    vi.unstubAllEnvs();
  });

  it.each([
    ['without keys', [], [], 'SELFPLAY_PAYLOAD_KEYS is not set here'],
    [
      'with a token that is not there',
      ['--token-env', 'NO_SUCH_TOKEN'],
      payloadKeys,
      'NO_SUCH_TOKEN, which is not set',
    ],
    [
      'for everybody without a token',
      ['--host', '0.0.0.0'],
      payloadKeys,
      'whoever reaches 0.0.0.0 could read everything',
    ],
  ])('does not start %s', async (_, options, keys, problem) => {
    const { exitCode, stderr, started } = await run(options, keys);
    expect([exitCode, started]).toEqual([2, []]);
    expect(stderr).toContain(problem);
  });
});
