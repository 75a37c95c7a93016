import { describe, expect, it, vi } from 'vitest';

import { imageIndexOf } from '../../../src/activities/leaks/kept-image-index.ts';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { ImageIndex } from '../../../src/domain/leaks/image-index.ts';
import { createFakeServices, quietProgress } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';

const INDEX: ImageIndex = {
  format: 'image-index-1',
  files: {},
  windows: [],
  places: [],
  repositories: [],
  looked: { files: 1 },
};

/** A host whose program ends when the test says so. */
async function aHost() {
  let finish: (exitCode: number) => void = () => undefined;
  const { services, ran, host } = await createFakeServices({
    handler: () =>
      new Promise((resolve) => {
        finish = (exitCode) => {
          resolve({ exitCode, stdout: JSON.stringify(INDEX) });
        };
      }),
  });
  const { owner, subject, sandbox } = aRolloutSetting();
  const ask = (signal: AbortSignal, said: string[] = []) =>
    imageIndexOf(services, { owner, subject, sandbox }, { ...quietProgress(said), signal });
  const started = (count: number) =>
    vi.waitFor(() => {
      expect(ran).toHaveLength(count);
    });
  return {
    ask,
    ran,
    host,
    started,
    finish: (exitCode = 0) => {
      finish(exitCode);
    },
  };
}

describe('the content index of an image', () => {
  it('is made once for all who ask, and kept', async () => {
    const { ask, ran, started, finish } = await aHost();
    const { signal } = new AbortController();
    const said: string[] = [];
    const asked = [ask(signal), ask(signal, said)];
    await started(1);
    finish();
    expect(await Promise.all(asked)).toEqual([INDEX, INDEX]);
    expect(await ask(signal)).toEqual(INDEX);
    expect(ran).toHaveLength(1);
    expect(said).toEqual([expect.stringContaining('waiting for the content index')]);
  });

  it('is made for the others when who asked first is cancelled, and the cancelled one does not wait', async () => {
    const { ask, ran, started, finish } = await aHost();
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = [ask(first.signal), ask(second.signal)];
    await started(1);
    first.abort(new Error('cancelled'));
    await expect(asked[0]).rejects.toThrow('cancelled');
    finish();
    expect(await asked[1]).toEqual(INDEX);
    expect(ran).toHaveLength(1);
  });

  it('is no longer made when nobody waits, and made anew for who comes then', async () => {
    const { ask, host, started, finish } = await aHost();
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = [ask(first.signal), ask(second.signal)];
    await started(1);
    first.abort(new Error('cancelled'));
    second.abort(new Error('cancelled too'));
    await expect(asked[0]).rejects.toThrow('cancelled');
    await expect(asked[1]).rejects.toThrow('cancelled too');
    expect(host.size).toBe(0);
    const later = ask(new AbortController().signal);
    await started(2);
    finish();
    expect(await later).toEqual(INDEX);
    expect(host.size).toBe(0);
  });

  it('is asked for again after it could not be made, and a failure is that of all who waited', async () => {
    const { ask, started, finish } = await aHost();
    const { signal } = new AbortController();
    const asked = [ask(signal), ask(signal)].map((index) => index.catch((error: unknown) => error));
    await started(1);
    finish(1);
    for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(SandboxUnavailableError);
    const again = ask(signal);
    await started(2);
    finish();
    expect(await again).toEqual(INDEX);
  });

  it('is not asked for by who is cancelled already', async () => {
    const { ask, ran } = await aHost();
    await expect(ask(AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
    expect(ran).toEqual([]);
  });
});
