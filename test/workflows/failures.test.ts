import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';

import { UNDER_LOAD } from '../../src/domain/failure/loaded-host.ts';
import {
  hostFailureOf,
  invalidInputOf,
  isInfrastructureFailure,
  misconfigurationOf,
  revalidationProblemOf,
} from '../../src/workflows/failures.ts';

const application = (type: string, message = 'said so') => ApplicationFailure.create({ type, message });
const timeout = new TimeoutFailure('no heartbeat', undefined, TimeoutType.HEARTBEAT);
const overloaded = new TimeoutFailure('no heartbeat', `turn 1, 5 s${UNDER_LOAD}`, TimeoutType.HEARTBEAT);
const cancelled = new CancelledFailure('cancelled by the user');

function ofActivity(cause: Error): ActivityFailure {
  return new ActivityFailure('activity failed', 'solveBug', '1', RetryState.MAXIMUM_ATTEMPTS_REACHED, 'host', cause);
}

function ofChild(cause: Error): ChildWorkflowFailure {
  const execution = { workflowId: 'child', runId: 'run' };
  return new ChildWorkflowFailure('default', execution, 'agentRollout', RetryState.RETRY_POLICY_NOT_SET, cause);
}

describe('what a host did to a step', () => {
  it.each([
    { name: 'a time-out', cause: timeout, failure: 'host-silent' },
    { name: 'a time-out of a host under load', cause: overloaded, failure: 'host-overloaded' },
    { name: 'a sandbox that is gone', cause: application('SandboxGoneError'), failure: 'sandbox-gone' },
    { name: 'a backend that failed', cause: application('SandboxUnavailableError'), failure: 'host-silent' },
    { name: 'a worker that stopped', cause: application('WorkerStoppedError'), failure: 'handed-back' },
    { name: 'a store that took no write', cause: application('StoreUnavailableError'), failure: 'store-away' },
    { name: 'another incarnation', cause: application('RolloutFencedError'), failure: 'fenced' },
    { name: 'a request that is refused', cause: application('PolicyRequestRejectedError'), failure: undefined },
    { name: 'a bug of ours', cause: application('TypeError'), failure: undefined },
    { name: 'a cancellation', cause: cancelled, failure: undefined },
  ])('$name is $failure', ({ cause, failure }) => {
    expect(hostFailureOf(ofActivity(cause))?.kind).toBe(failure);
  });

  it.each([TimeoutType.SCHEDULE_TO_START, TimeoutType.HEARTBEAT])(
    'is what it said before, where it said nothing in a step that ended by %s',
    (type) => {
      const unheard = ofActivity(new TimeoutFailure('not heard of', undefined, type));
      expect(hostFailureOf(unheard, true)?.kind).toBe('host-overloaded');
      expect(hostFailureOf(unheard, false)?.kind).toBe('host-silent');
    },
  );

  it('is what it said last', () => {
    const idle = new TimeoutFailure('no heartbeat', 'turn 1, 5 s', TimeoutType.HEARTBEAT);
    expect(hostFailureOf(ofActivity(idle), true)?.kind).toBe('host-silent');
  });

  it('comes with what was said', () => {
    const failure = hostFailureOf(ofActivity(application('StoreUnavailableError', 'the disk is full')));
    expect(failure).toEqual({ kind: 'store-away', problem: 'the disk is full' });
  });

  it('is nothing when the error is no step’s', () => {
    expect(hostFailureOf(new Error('elsewhere'))).toBeUndefined();
  });
});

describe('why an artifact could not be judged again', () => {
  it.each(['SandboxGoneError', 'ImageNotFoundError', 'BlobMissingError'])('is what %s says', (type) => {
    expect(revalidationProblemOf(ofActivity(application(type)))).toBe('said so');
  });

  it('is a time-out, in its own words', () => {
    expect(revalidationProblemOf(ofActivity(timeout))).toBe('no heartbeat');
  });

  it.each([application('LedgerConflictError'), application('RangeError'), cancelled])(
    'is never a mistake of ours, nor a cancellation: %s',
    (cause) => {
      expect(revalidationProblemOf(ofActivity(cause))).toBeUndefined();
    },
  );
});

describe('an infrastructure failure', () => {
  it.each([
    'SandboxUnavailableError',
    'SandboxGoneError',
    'PolicyUnavailableError',
    'StoreUnavailableError',
    'RolloutFencedError',
  ])('is %s, from a local activity, a scheduled one, or a child', (type) => {
    expect(isInfrastructureFailure(application(type))).toBe(true);
    expect(isInfrastructureFailure(ofActivity(application(type)))).toBe(true);
    expect(isInfrastructureFailure(ofChild(ofActivity(application(type))))).toBe(true);
  });

  it('is a time-out', () => {
    expect(isInfrastructureFailure(ofChild(ofActivity(timeout)))).toBe(true);
  });

  it.each(['PolicyRequestRejectedError', 'ImageNotFoundError', 'LedgerConflictError', 'RangeError'])(
    'is not %s: it would fail again',
    (type) => {
      expect(isInfrastructureFailure(ofChild(ofActivity(application(type))))).toBe(false);
    },
  );

  it('is never a cancellation', () => {
    expect(isInfrastructureFailure(cancelled)).toBe(false);
    expect(isInfrastructureFailure(ofActivity(cancelled))).toBe(false);
    expect(isInfrastructureFailure(ofChild(cancelled))).toBe(false);
  });
});

describe('an input that cannot be read', () => {
  it('is known by its message, from a local activity and from a scheduled one', () => {
    const failure = application('InvalidInputError', 'atempts: unknown key');
    expect(invalidInputOf(failure)).toBe('atempts: unknown key');
    expect(invalidInputOf(ofActivity(failure))).toBe('atempts: unknown key');
  });

  it('is nothing else', () => {
    expect(invalidInputOf(application('TypeError'))).toBeUndefined();
    expect(invalidInputOf(ofActivity(timeout))).toBeUndefined();
  });
});

describe('a misconfiguration', () => {
  it('is known by its message, however deep it lies', () => {
    const failure = application('InvalidConfigError', 'KEY is not set');
    expect(misconfigurationOf(ofChild(ofChild(ofActivity(failure))))).toBe('KEY is not set');
    expect(misconfigurationOf(ofActivity(application('PolicyRequestRejectedError', '401')))).toBe('401');
    expect(misconfigurationOf(ofActivity(application('SandboxGoneError')))).toBeUndefined();
  });
});
