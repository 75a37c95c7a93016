import { readFileSync } from 'node:fs';

/**
 * A process that takes part in the work of a host is ready to run for a small part of the time. One that waits for a
 * processor for a quarter of it does so because others have them, and what it does takes many times as long.
 */
const LOADED_PART = 0.25;

/** What is measured over less says nothing: a step that says two things at once is asked twice within milliseconds. */
const SHORTEST_MS = 1_000;

export interface OwnDelay {
  /** How long the main thread of this process has waited for a processor, in all; undefined where the kernel does not say. */
  readonly delayMs: () => number | undefined;
  readonly nowMs: () => number;
}

/** Says, of the time since it was last measured, whether others kept this process from the processors. */
export function createHostLoad({ delayMs, nowMs }: OwnDelay = KERNEL): () => boolean {
  let lastMs = nowMs();
  let lastDelayMs = delayMs();
  let isUnderLoad = false;
  return () => {
    const askedMs = nowMs();
    if (askedMs - lastMs < SHORTEST_MS) return isUnderLoad;
    const askedDelayMs = delayMs();
    isUnderLoad = ((askedDelayMs ?? 0) - (lastDelayMs ?? 0)) / (askedMs - lastMs) > LOADED_PART;
    [lastMs, lastDelayMs] = [askedMs, askedDelayMs];
    return isUnderLoad;
  };
}

const KERNEL: OwnDelay = { delayMs: readOwnDelayMs, nowMs: () => performance.now() };

/** Three numbers: nanoseconds on a processor, nanoseconds ready and waiting for one, and how often it got one. */
function readOwnDelayMs(): number | undefined {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    // Another system, or a kernel that does not count it.
    return undefined;
  }
}
