import { setTimeout as sleep } from 'node:timers/promises';

import { unlessAborted } from './interrupts.ts';
import type { ProgressView } from './progress-view.ts';
import type { RunSnapshot } from './run-snapshot.ts';
import type { TrainingEnd } from './temporal-access.ts';

/** Twice a second looks alive and costs a few reads of the ledger. */
const POLL_MS = 500;

/** Shows a run until it ends; undefined when the user stops following before. */
export async function followRun({
  end,
  read,
  view,
  signal,
  pollMs = POLL_MS,
}: {
  readonly end: Promise<TrainingEnd>;
  readonly read: () => Promise<RunSnapshot>;
  readonly view: ProgressView;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
}): Promise<TrainingEnd | undefined> {
  const startedAt = performance.now();
  try {
    for (;;) {
      view.update(await read(), performance.now() - startedAt);
      const next = await unlessAborted(Promise.race([end, sleep(pollMs, 'look again' as const)]), signal);
      if (next === 'look again') continue;
      view.update(await read(), performance.now() - startedAt);
      return next;
    }
  } finally {
    view.end();
  }
}
