import { describe, expect, it } from 'vitest';
import * as errors from '../../../src/domain/failure/errors.ts';
import {
  ERROR_REACTIONS,
  errorsNeverRetried,
  errorsOf,
  faultOfRollout,
  saysNothingOfArtifact,
} from '../../../src/domain/failure/fault.ts';

describe('a fault', () => {
  it('has a reaction for every error class, and for nothing else but mistakes in our code', () => {
    expect(Object.keys(ERROR_REACTIONS).sort()).toEqual([...Object.keys(errors), 'RangeError', 'TypeError'].sort());
  });

  it('of infrastructure is always tried again, any other never', () => {
    expect([...errorsOf('infrastructure'), ...errorsNeverRetried()].sort()).toEqual(
      Object.keys(ERROR_REACTIONS).sort(),
    );
  });

  it.each([
    ['SandboxGoneError', true],
    ['StoreUnavailableError', true],
    ['ImageNotFoundError', true],
    ['BlobMissingError', true],
    ['LedgerConflictError', false],
    ['InvalidConfigError', false],
    ['RangeError', false],
  ])('of the class %s says nothing about the artifact that was judged: %s', (errorClass, silent) => {
    expect(saysNothingOfArtifact(errorClass)).toBe(silent);
  });

  it('of an artifact or of the policy is never an error', () => {
    expect([...errorsOf('artifact'), ...errorsOf('policy')]).toEqual([]);
  });

  it.each([
    ['submitted', undefined],
    ['no-submission', 'policy'],
    ['turn-limit', 'policy'],
    ['context-limit', 'policy'],
    ['time-limit', 'policy'],
    ['lost', 'infrastructure'],
  ] as const)('of a rollout that ends as %s is %s', (outcome, fault) => {
    expect(faultOfRollout(outcome)).toBe(fault);
  });
});
