import { describe, expect, it } from 'vitest';

import { holdHome } from '../../../src/cli/command/home-lock.ts';
import { namedTarget, targetFor } from '../../../src/cli/temporal/temporal-target.ts';
import { anEnvironment } from '../command-fixture.ts';

const unset = { configuredTemporal: () => ({}) };
const configured = {
  configuredTemporal: () => ({ address: 'cloud:7233', namespace: 'training', apiKey: 'secret', tls: true }),
};

describe('the Temporal server to talk to', () => {
  it('is the usual one when nothing is named', () => {
    expect(targetFor(unset, anEnvironment(), {})).toEqual({ address: '127.0.0.1:7233', namespace: 'default' });
  });

  it('is the one that runs on this home', () => {
    const environment = anEnvironment();
    holdHome(environment.home, 'demo').announce('127.0.0.1:41234');
    expect(targetFor(unset, environment, {}).address).toBe('127.0.0.1:41234');
  });

  it('is the configured one, with its credentials, before the one of this home', () => {
    const environment = anEnvironment();
    holdHome(environment.home, 'demo').announce('127.0.0.1:41234');
    const target = { address: 'cloud:7233', namespace: 'training', apiKey: 'secret', tls: true };
    expect(targetFor(configured, environment, {})).toEqual(target);
  });

  it('is the one of the command line before all others', () => {
    const named = namedTarget(configured, { address: 'here:1', namespace: 'mine' });
    expect(named).toMatchObject({ address: 'here:1', namespace: 'mine' });
  });

  it('is that of the profile that is named; one without an address means the usual one', () => {
    const profiles = {
      configuredTemporal: (profile?: string) => (profile === 'cloud' ? { address: 'cloud:7233' } : {}),
    };
    expect(namedTarget(profiles, { profile: 'cloud' })?.address).toBe('cloud:7233');
    expect(targetFor(profiles, anEnvironment(), { profile: 'cloud' }).address).toBe('cloud:7233');
    expect(namedTarget(profiles, { profile: 'cloud', address: 'here:1' })?.address).toBe('here:1');
    expect(namedTarget(profiles, { profile: 'plain' })?.address).toBe('127.0.0.1:7233');
  });

  it('takes a namespace without an address', () => {
    expect(targetFor(unset, anEnvironment(), { namespace: 'mine' }).namespace).toBe('mine');
    expect(namedTarget(unset, { namespace: 'mine' })).toBeUndefined();
  });
});
