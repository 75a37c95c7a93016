import { describe, expect, it } from 'vitest';

import { unlessAborted } from '../../../src/cli/command/unless-aborted.ts';

describe('a promise that takes too long', () => {
  it('is left, and its failure forgiven', async () => {
    const controller = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const slow = new Promise<string>((_, reject) => (fail = reject));
    const left = unlessAborted(slow, controller.signal);
    controller.abort();
    await expect(left).resolves.toBeUndefined();
    fail(new Error('too late to matter'));
    await expect(unlessAborted(Promise.resolve('done'), new AbortController().signal)).resolves.toBe('done');
  });
});
