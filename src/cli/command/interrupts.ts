/** What the user asked for with Ctrl-C: first to stop in order, then to stop at once. */
export interface Interrupts {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
  /** 128 + the number of the signal that came first, as shells have it; undefined when none came. */
  readonly exitCode: () => number | undefined;
}

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

export type StopReason = keyof typeof CODES;

export interface InterruptController {
  readonly interrupts: Interrupts;
  /** Counts a request to stop. */
  readonly interrupt: (reason: StopReason) => void;
}

export function createInterrupts(): InterruptController {
  const stop = new AbortController();
  const hurry = new AbortController();
  let first: StopReason | undefined;
  return {
    interrupts: {
      stop: stop.signal,
      hurry: hurry.signal,
      exitCode: () => (first === undefined ? undefined : CODES[first]),
    },
    interrupt: (reason) => {
      if (first !== undefined) {
        // A closed pipe is noticed with every write; only a person hurries.
        if (reason !== 'SIGPIPE') hurry.abort(reason);
        return;
      }
      first = reason;
      stop.abort(reason);
    },
  };
}
