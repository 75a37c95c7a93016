import { describe, expect, it } from 'vitest';

import { createInterrupts } from '../../../src/cli/command/interrupts.ts';

describe('interrupts', () => {
  it('stop first and hurry second', () => {
    const { interrupts, interrupt } = createInterrupts();
    interrupt('SIGINT');
    expect([interrupts.stop.aborted, interrupts.hurry.aborted]).toEqual([true, false]);
    interrupt('SIGINT');
    expect(interrupts.hurry.aborted).toBe(true);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s exits with %i', (signal, code) => {
    const { interrupts, interrupt } = createInterrupts();
    interrupt(signal);
    interrupt('SIGINT');
    expect(interrupts.exitCode()).toBe(code);
  });

  it('a closed pipe stops a command and never hurries it', () => {
    const { interrupts, interrupt } = createInterrupts();
    interrupt('SIGPIPE');
    interrupt('SIGPIPE');
    expect([interrupts.stop.aborted, interrupts.hurry.aborted]).toEqual([true, false]);
  });
});
