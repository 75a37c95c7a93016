import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir, hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { folderOfCommand, readEnvironment, readSecret } from '../../src/config/environment.ts';
import { InvalidConfigError } from '../../src/domain/failure/errors.ts';

describe('the environment', () => {
  it('has a default for everything', () => {
    const cache = join(homedir(), '.cache', 'swe-selfplay');
    expect(readEnvironment({})).toEqual({
      home: resolve('.selfplay'),
      cache,
      temporalBinary: join(cache, 'bin', 'temporal'),
      hostId: hostname(),
      capacity: 8 * availableParallelism(),
      logLevel: 'info',
      docker: { configDirectory: join(homedir(), '.docker'), baseImage: 'selfplay/base-system:latest' },
    });
  });

  it('is read from variables', () => {
    expect(
      readEnvironment({
        SELFPLAY_HOME: '/data/selfplay',
        SELFPLAY_CACHE: '/data/cache',
        SELFPLAY_TEMPORAL: '/opt/temporal',
        SELFPLAY_HOST_ID: 'host-7',
        SELFPLAY_CAPACITY: '64',
        SELFPLAY_LOG_LEVEL: 'debug',
        SELFPLAY_STORE: '/etc/selfplay/store.yaml',
        SELFPLAY_BASE_IMAGE: 'debian:12',
        DOCKER_HOST: 'tcp://engine:2375',
        DOCKER_CONFIG: '/etc/docker-login',
      }),
    ).toEqual({
      home: '/data/selfplay',
      cache: '/data/cache',
      temporalBinary: '/opt/temporal',
      hostId: 'host-7',
      capacity: 64,
      logLevel: 'debug',
      storeFile: '/etc/selfplay/store.yaml',
      docker: { host: 'tcp://engine:2375', configDirectory: '/etc/docker-login', baseImage: 'debian:12' },
    });
  });

  it('makes a relative home absolute, for sandboxes are told of it', () => {
    expect(readEnvironment({ SELFPLAY_HOME: 'here' }).home).toBe(resolve('here'));
  });

  it.each(['0', '-1', '2.5', 'many', '10001'])('refuses a capacity of %s', (capacity) => {
    expect(() => readEnvironment({ SELFPLAY_CAPACITY: capacity })).toThrow(`not "${capacity}"`);
  });

  it('has a version of the workers where both its parts are said', () => {
    const version = { TEMPORAL_DEPLOYMENT_NAME: 'selfplay', TEMPORAL_WORKER_BUILD_ID: '2026-12-01' };
    expect(readEnvironment(version).version).toEqual({ deploymentName: 'selfplay', buildId: '2026-12-01' });
    expect(readEnvironment({ TEMPORAL_DEPLOYMENT_NAME: '' })).not.toHaveProperty('version');
    for (const half of Object.entries(version)) {
      expect(() => readEnvironment(Object.fromEntries([half]))).toThrow(InvalidConfigError);
    }
  });

  it('has its cache where the user has theirs', () => {
    expect(readEnvironment({ XDG_CACHE_HOME: '/xdg' }).temporalBinary).toBe('/xdg/swe-selfplay/bin/temporal');
  });
});

describe('the folder of the command', () => {
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'selfplay-environment-'));
    onTestFinished(() => {
      rmSync(made, { recursive: true });
    });
    return made;
  };
  const linkedIn = (bin: string) => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'selfplay'), '');
    return bin;
  };

  it('is the one that set-up has linked it into, where PATH has it nowhere', () => {
    const SELFPLAY_CACHE = folder();
    const bin = linkedIn(join(SELFPLAY_CACHE, 'bin'));
    expect(folderOfCommand({ SELFPLAY_CACHE, PATH: '/nowhere' })).toBe(bin);
    expect(folderOfCommand({ SELFPLAY_CACHE, PATH: `/nowhere:${bin}` })).toBeUndefined();
    expect(folderOfCommand({ SELFPLAY_CACHE, PATH: linkedIn(folder()) })).toBeUndefined();
  });

  it('is none where it is not linked', () => {
    expect(folderOfCommand({ SELFPLAY_CACHE: folder(), PATH: '' })).toBeUndefined();
  });
});

describe('a secret', () => {
  it('is the value of the variable that a configuration names', () => {
    expect(readSecret('KEY', { KEY: 'value' })).toBe('value');
  });

  it('is not there when its variable is empty or not set', () => {
    expect(readSecret('KEY', { KEY: '' })).toBeUndefined();
    expect(readSecret('KEY', {})).toBeUndefined();
  });
});
