import { setTimeout as sleep } from 'node:timers/promises';

import type { ProgressView } from './progress-view.ts';
import type { RunSnapshot } from './run-snapshot.ts';
import type { TrainingEnd } from '../command/temporal-access.ts';

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
  const outcome = watch(end);
  const wake = AbortSignal.any([outcome.settled, signal]);
  try {
    while (!wake.aborted) {
      view.update(await read(), performance.now() - startedAt);
      await sleep(pollMs, undefined, { signal: wake }).catch(() => undefined);
    }
    view.update(await read(), performance.now() - startedAt);
    return outcome.settled.aborted ? await end : undefined;
  } finally {
    view.end();
  }
}

/** A signal that a promise has settled; racing the promise itself every time would pile up reactions for days. */
function watch(promise: Promise<unknown>): { readonly settled: AbortSignal } {
  const controller = new AbortController();
  const settle = () => {
    controller.abort();
  };
  promise.then(settle, settle);
  return { settled: controller.signal };
}
