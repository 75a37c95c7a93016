import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { Backends } from '../../../src/cli/command/backends.ts';
import { holdHome } from '../../../src/cli/command/home-lock.ts';
import { InvalidConfigError } from '../../../src/domain/failure/errors.ts';
import { createFakeTemporal, runCommand, type CommandSetting } from '../command-fixture.ts';
import { createFakeDeployment, leaveSandbox } from '../fake-deployment.ts';

const SERVED = [
  'start server on 7233',
  'open services',
  'start workers',
  'stop workers',
  'close services',
  'stop server',
];

/** Ctrl-C, `times` times. */
function interrupting(times: number): Pick<CommandSetting, 'during'> {
  return {
    during: (interrupt) => {
      for (let time = 1; time <= times; time += 1) {
        setTimeout(() => {
          interrupt('SIGINT');
        }, 60 * time);
      }
    },
  };
}

describe('up', () => {
  it('starts everything, says how to reach it, and ends with 0 on Ctrl-C', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const { exitCode, stdout, stderr } = await runCommand(['up'], { ...world, ...interrupting(1) });
    expect(exitCode).toBe(0);
    expect(world.done).toEqual(SERVED);
    expect(stdout).toMatch(/Temporal +127\.0\.0\.1:7233, namespace default/);
    expect(stdout).toMatch(/UI +http:\/\/127\.0\.0\.1:8233/);
    expect(stdout).toContain('/bin/temporal workflow start --address 127.0.0.1:7233');
    expect(stderr).toContain('Ctrl-C again hurries');
  });

  it('waits for no worker after a second Ctrl-C, and still ends sandboxes and server', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}), { stubborn: true });
    await leaveSandbox(world, 'left', 'run');
    const { exitCode } = await runCommand(['up'], { ...world, ...interrupting(2) });
    expect(exitCode).toBe(0);
    expect(world.done).toEqual(SERVED);
    await expect(world.services.sandboxes.list()).resolves.toEqual([]);
  });

  it('starts no server where one is named, and creates the search attributes that it lacks', async () => {
    const temporal = createFakeTemporal({ missing: ['Strategy'] });
    const world = await createFakeDeployment(temporal);
    await runCommand(['up', '--address', 'far:7233', '--namespace', 'mine'], { ...world, ...interrupting(1) });
    expect(world.done[0]).toBe('open services');
    expect(temporal.asked).toContain('create Strategy');
    expect(world.started[0]?.connection).toEqual({ address: 'far:7233', namespace: 'mine' });
  });

  it('says where a namespace forgets what has ended while a run still goes on', async () => {
    const said = async (retentionDays: number) => {
      const world = await createFakeDeployment(createFakeTemporal({ retentionDays }));
      const { stderr } = await runCommand(['up', '--address', 'far:7233'], { ...world, ...interrupting(1) });
      return stderr;
    };
    const command = 'temporal operator namespace update --namespace default --retention 30d';
    expect(await said(1 / 24)).toContain('default keeps workflows that have ended for 1 hours');
    expect(await said(3)).toContain(command);
    expect(await said(30)).not.toContain(command);
  });

  /** TEMPORAL_ADDRESS, as it is exported for the commands that talk to a server. */
  const exported: Partial<Backends> = { configuredTemporal: () => ({ address: '127.0.0.1:7300' }) };

  it.each([
    [['--port', '7300'], 'start server on 7300'],
    [['--ui-port', '8300'], 'start server on 7233'],
    [[], 'open services'],
  ])('%j with TEMPORAL_ADDRESS exported does first: %s', async (options, first) => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const backends = { ...world.backends, ...exported };
    const { exitCode } = await runCommand(['up', ...options], { ...world, backends, ...interrupting(1) });
    expect([exitCode, world.done[0]]).toEqual([0, first]);
  });

  it('says that other commands go elsewhere where the environment names another server than the one it starts', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const backends = { ...world.backends, ...exported };
    const { stderr } = await runCommand(['up', '--port', '7233'], { ...world, backends, ...interrupting(1) });
    expect(stderr).toContain('127.0.0.1:7300, and other commands go there; for this one: export TEMPORAL_ADDRESS=');
  });

  it('refuses a port of its own beside the address of another server', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const { exitCode, stderr } = await runCommand(['up', '--port', '7300', '--address', 'far:7233'], world);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('give the one or the other')]);
    expect(world.done).toEqual([]);
  });

  it('stops what runs already when a part does not start, and frees the home', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const openServices = () => Promise.reject(new InvalidConfigError('no disk'));
    const backends = { ...world.backends, openServices };
    const { exitCode, stderr } = await runCommand(['up'], { ...world, backends });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('selfplay: no disk')]);
    expect(world.done).toEqual(['start server on 7233', 'stop server']);
    expect(existsSync(join(world.environment.home, 'selfplay.lock'))).toBe(false);
  });

  it('ends with 3 when a worker fails', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    setTimeout(() => {
      world.failWorkers(new Error('the bundle does not load'));
    }, 60);
    const { exitCode, stderr } = await runCommand(['up'], world);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('the bundle does not load')]);
    expect(world.done.at(-1)).toBe('stop server');
  });

  it('starts a server that ends again, says so, and ends with 3 when that does not help', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const losing = setInterval(() => {
      world.loseServer('was ended by SIGKILL');
    }, 20);
    onTestFinished(() => {
      clearInterval(losing);
    });
    const { exitCode, stderr } = await runCommand(['up'], world);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      'the Temporal server was ended by SIGKILL; starting it again on the same database (restart 1 of at most 5 within 10 minutes)\nthe Temporal server is back\n',
    );
    expect(stderr).toContain('selfplay: the Temporal server was ended by SIGKILL, after 5 restarts within 10 minutes');
    expect(world.done.filter((what) => what.startsWith('start server'))).toHaveLength(6);
    expect(world.done.at(-1)).toBe('stop server');
  });

  it('keeps off a home that another command holds', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    holdHome(world.environment.home, 'demo');
    const { exitCode, stderr } = await runCommand(['up'], world);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('selfplay demo')]);
    expect(world.done).toEqual([]);
  });
});

describe('worker', () => {
  it.each([
    [[], ['orchestrator', 'sandbox-host']],
    [['--orchestrator'], ['orchestrator']],
    [['--sandbox-host'], ['sandbox-host']],
  ])('%j works as %j, and leaves its sandboxes to their lease', async (options, roles) => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'left', 'run');
    const { exitCode } = await runCommand(['worker', ...options], { ...world, ...interrupting(1) });
    expect([exitCode, world.started[0]?.roles]).toEqual([0, roles]);
    expect(world.done).toEqual(['open services', 'start workers', 'stop workers', 'close services']);
    await expect(world.services.sandboxes.list()).resolves.toHaveLength(1);
  });

  it('works under the version that the environment names, which up leaves alone', async () => {
    const version = { deploymentName: 'selfplay', buildId: 'two' };
    for (const [command, given] of [
      ['worker', version],
      ['up', undefined],
    ] as const) {
      const world = await createFakeDeployment(createFakeTemporal({}));
      const environment = { ...world.environment, version };
      await runCommand([command], { ...world, environment, ...interrupting(1) });
      expect(world.started.map((started) => started.version)).toEqual([given]);
    }
  });

  it('takes a profile to its client and its workers alike', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const cloud = { address: 'cloud:7233', namespace: 'training', apiKey: 'secret', tls: true } as const;
    const connected: unknown[] = [];
    const backends: Partial<Backends> = {
      ...world.backends,
      configuredTemporal: (profile) => (profile === 'cloud' ? cloud : {}),
      connectTemporal: (target) => {
        connected.push(target);
        return Promise.resolve(createFakeTemporal({}));
      },
    };
    await runCommand(['worker', '--profile', 'cloud'], { ...world, backends, ...interrupting(1) });
    expect([connected, world.started[0]?.connection]).toEqual([[cloud], cloud]);
  });

  it('exits with 3 where no server answers', async () => {
    const { exitCode, stderr } = await runCommand(['worker']);
    expect([exitCode, stderr]).toEqual([3, 'selfplay: no Temporal server answers\n']);
  });
});

describe('--metrics', () => {
  it.each([['up'], ['worker']])('of %s is handed to the runtime of the SDK', async (command) => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const logging: unknown[] = [];
    const startLogging = (options: unknown) => Promise.resolve(void logging.push(options));
    const setting = { ...world, backends: { ...world.backends, startLogging }, ...interrupting(1) };
    expect((await runCommand([command, '--metrics', '127.0.0.1:9464'], setting)).exitCode).toBe(0);
    expect(logging).toMatchObject([{ metrics: '127.0.0.1:9464' }]);
  });

  it.each(['9464', 'localhost:9464', '127.0.0.1:99999', '127.0.0.1'])(
    'refuses %s and shows what it takes',
    async (at) => {
      const world = await createFakeDeployment(createFakeTemporal({}));
      const { exitCode, stderr } = await runCommand(['worker', '--metrics', at], world);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('127.0.0.1:9464');
      expect(world.done).toEqual([]);
    },
  );
});
