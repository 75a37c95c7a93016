import { describe, expect, it } from 'vitest';

import { CommandFailure, describeError, exitCodeOf } from '../../../src/cli/command/exit-codes.ts';
import {
  ImageNotFoundError,
  InvalidConfigError,
  InvalidInputError,
  LedgerConflictError,
  PolicyUnavailableError,
  SandboxUnavailableError,
  StoreUnavailableError,
} from '../../../src/domain/failure/errors.ts';

describe('exit codes', () => {
  it.each<readonly [unknown, number]>([
    [new InvalidConfigError('a typo'), 2],
    [new InvalidInputError('a typo'), 2],
    [new ImageNotFoundError('no such tree'), 2],
    [new SandboxUnavailableError('no bwrap'), 3],
    [new PolicyUnavailableError('down'), 3],
    [new StoreUnavailableError('disk full'), 3],
    [new LedgerConflictError('ours'), 3],
    [new TypeError('ours'), 3],
    ['a string', 3],
    [new CommandFailure('cancelled', 1), 1],
  ])('%s exits with %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('says a known error in one message without a stack', () => {
    expect(describeError(new StoreUnavailableError('the disk is full'), { debug: false })).toBe(
      'selfplay: the disk is full\n',
    );
  });

  it('points at --debug where an error is a surprise', () => {
    expect(describeError(new TypeError('x is undefined'), { debug: false })).toContain('--debug');
  });

  it('shows the stack with --debug', () => {
    expect(describeError(new TypeError('x is undefined'), { debug: true })).toContain('exit-codes.test.ts');
  });
});
