import { availableParallelism, homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readEnvironment, readSecret } from '../../src/config/environment.ts';

describe('the environment', () => {
  it('has a default for everything', () => {
    const cache = join(homedir(), '.cache', 'swe-selfplay');
    expect(readEnvironment({})).toEqual({
      home: resolve('.selfplay'),
      cache,
      temporalBinary: join(cache, 'bin', 'temporal'),
      commandOnPath: false,
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
      commandOnPath: false,
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

  it('has its cache where the user has theirs', () => {
    expect(readEnvironment({ XDG_CACHE_HOME: '/xdg' }).temporalBinary).toBe('/xdg/swe-selfplay/bin/temporal');
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
