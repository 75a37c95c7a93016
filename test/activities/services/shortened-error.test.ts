import { defaultFailureConverter, defaultPayloadConverter, ensureApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';

import { shortenedError } from '../../../src/activities/services/shortened-error.ts';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';

/** What a history keeps of an error, as the SDK writes it. */
function inHistory(error: unknown) {
  return defaultFailureConverter.errorToFailure(ensureApplicationFailure(error), defaultPayloadConverter);
}

describe('an error on its way into a history', () => {
  it('is the same error, as long as it is short', () => {
    const error = new SandboxUnavailableError('no space', { cause: new Error('ENOSPC') });
    const { stack } = error;
    expect(shortenedError(error)).toBe(error);
    expect([error.message, error.stack, error.cause]).toEqual(['no space', stack, new Error('ENOSPC')]);
  });

  it('keeps its class, the beginning and the end of what it says, and is small with all its causes', () => {
    let cause: Error | undefined;
    for (let depth = 0; depth < 50; depth += 1) cause = new Error('x'.repeat(100_000), { cause });
    const said = `git apply failed: ${'é'.repeat(1_000_000)} at line 7`;
    const failure = inHistory(shortenedError(new SandboxUnavailableError(said, { cause })));
    expect(failure.applicationFailureInfo?.type).toBe('SandboxUnavailableError');
    expect(failure.message).toMatch(/^git apply failed: .* characters left out .* at line 7$/);
    expect(JSON.stringify(failure).length).toBeLessThan(12_000);
  });

  it('may be anything that was thrown', () => {
    expect([shortenedError('a word'), shortenedError(undefined)]).toEqual(['a word', undefined]);
  });
});
