import { describe, expect, it } from 'vitest';

import { createPlaces } from '../../../src/activities/services/places.ts';
import type { SandboxListing } from '../../../src/sandbox/sandbox.ts';
import { quietProgress } from '../../support/fake-services.ts';

/** A host whose sandboxes are a set of names. */
function aHost(capacity: number, others: readonly SandboxListing[] = []) {
  const standing = new Set<string>();
  const labels = { deployment: 'test', run: 'run', episode: 'episode' };
  const list = () =>
    Promise.resolve(
      [...standing]
        .map((id): SandboxListing => ({ id, labels, alive: true, bootsUntilMs: 0, expiresAtMs: 0 }))
        .concat(others),
    );
  const places = createPlaces({ list }, { capacity, deployment: 'test' });
  const boot = (id: string, progress = quietProgress()) =>
    places.take(id, () => Promise.resolve(void standing.add(id)), progress);
  return { standing, places, boot };
}

describe('places', () => {
  it('are given at once while there are some', async () => {
    const { boot, standing } = aHost(2);
    await Promise.all([boot('one'), boot('two')]);
    expect(standing).toEqual(new Set(['one', 'two']));
  });

  it('are waited for, and it is said; one that ends gives its place to the next', async () => {
    const { boot, standing } = aHost(1);
    await boot('one');
    const said: string[] = [];
    const second = boot('two', quietProgress(said));
    await expect.poll(() => said).toEqual(['waiting for one of 1 places for sandboxes on this host']);
    expect(standing).toEqual(new Set(['one']));
    standing.delete('one');
    await second;
    expect(standing).toEqual(new Set(['two']));
  });

  it('are counted for what is still being booted', async () => {
    const { places, boot, standing } = aHost(1);
    let finish: () => void = () => undefined;
    const slow = places.take('slow', () => new Promise<void>((resolve) => (finish = resolve)), quietProgress());
    const said: string[] = [];
    const second = boot('two', quietProgress(said));
    await expect.poll(() => said).toHaveLength(1);
    expect(standing.size).toBe(0);
    finish();
    await Promise.all([slow, second]);
    expect(standing).toEqual(new Set(['two']));
  });

  it('are free again after a boot that failed', async () => {
    const { places, boot, standing } = aHost(1);
    const failed = places.take('one', () => Promise.reject(new Error('no space')), quietProgress());
    await expect(failed).rejects.toThrow('no space');
    await boot('two');
    expect(standing).toEqual(new Set(['two']));
  });

  it('are kept by a sandbox that is booted again under its own name', async () => {
    const { boot, standing } = aHost(1);
    await boot('one');
    await boot('one');
    expect(standing).toEqual(new Set(['one']));
  });

  it('are not taken by what is dead or by another deployment', async () => {
    const other = {
      id: 'other',
      labels: { deployment: 'other', run: 'r', episode: 'e' },
      alive: true,
      bootsUntilMs: 0,
      expiresAtMs: 0,
    };
    const dead = { ...other, id: 'dead', labels: { ...other.labels, deployment: 'test' }, alive: false };
    const { boot, standing } = aHost(1, [other, dead]);
    await boot('one');
    expect(standing).toEqual(new Set(['one']));
  });

  it('are waited for no longer than the step is wanted', async () => {
    const { boot } = aHost(1);
    await boot('one');
    const stop = new AbortController();
    const second = boot('two', { signal: stop.signal, say: () => undefined });
    stop.abort();
    await expect(second).rejects.toThrow();
  });
});
