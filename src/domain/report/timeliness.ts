/** What a command got of the machine, as its supervisor saw it. */
export interface MachineShare {
  /** The time with the machine that it was given. */
  readonly limitMs: number;
  /** How much of its duration it was ready to run while others had the processors. */
  readonly lostMs: number;
}

/** How a command ended, as far as time is concerned. */
export interface TimedEnding {
  readonly ending: 'exited' | 'timed-out' | 'cancelled';
  readonly durationMs: number;
  /** Left out where nobody could see it; then no load is seen either. */
  readonly share?: MachineShare;
}

/**
 * `overdue`: it had its time with the machine and did not end, which is its own doing. `starved`: others had the machine,
 * so nothing is known of it: that is waited out, and never judged (docs/specification.md#test-script).
 */
export type Timeliness = 'in-time' | 'overdue' | 'starved';

/**
 * Whether a command that was stopped had the time that it was given. Time in which it slept, or used its processors
 * alone, is time that it had; time in which it waited for a processor behind others is not.
 */
export function timelinessOf(ended: TimedEnding): Timeliness {
  if (ended.ending !== 'timed-out') return 'in-time';
  if (ended.share === undefined) return 'overdue';
  return machineTimeMs(ended) < ended.share.limitMs - LEAST_MS ? 'starved' : 'overdue';
}

/** Durations are rounded, and a supervisor looks at its clock now and then. */
const LEAST_MS = 50;

/** The time of a command with the machine: what it would have taken, or nearly, had nobody else been there. */
export function machineTimeMs({ durationMs, share }: Omit<TimedEnding, 'ending'>): number {
  return Math.max(0, durationMs - (share?.lostMs ?? 0));
}

/** Of several commands that stand for one thing: a starved one says that nothing is known of it. */
export function leastKnown(parts: readonly Timeliness[]): Timeliness {
  if (parts.includes('starved')) return 'starved';
  return parts.includes('overdue') ? 'overdue' : 'in-time';
}
