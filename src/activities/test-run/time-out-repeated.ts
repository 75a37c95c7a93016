import { setTimeout as delay } from 'node:timers/promises';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Timeliness } from '../../domain/report/timeliness.ts';
import type { Services } from '../services/services.ts';
import { inPlace } from './in-place.ts';

type Repeating = Pick<Services, 'testRuns' | 'aloneAmongTestRuns' | 'loadPatience'>;

/**
 * Runs tests in one of the host's places. What does not end in time is run once more with no other test run beside it,
 * and counts only if that run had the machine: one that others kept from it is waited out and repeated, and where the
 * load does not end, nothing is judged (`SandboxUnavailableError`; docs/specification.md#test-script).
 *
 * Not to be called from a place: being alone means to wait for all of them.
 */
export async function repeatingTimeOut<Result>(
  { testRuns, aloneAmongTestRuns, loadPatience: { firstWaitMs, boundMs } }: Repeating,
  run: () => Promise<Result>,
  { timelinessOf, signal }: { readonly timelinessOf: (result: Result) => Timeliness; readonly signal: AbortSignal },
): Promise<Result> {
  const startedMs = performance.now();
  const first = await inPlace(testRuns, run, signal);
  if (timelinessOf(first) === 'in-time') return first;
  for (let waitMs = firstWaitMs; ; waitMs *= 2) {
    const alone = await inPlace((begin) => aloneAmongTestRuns(begin, signal), run, signal);
    if (timelinessOf(alone) !== 'starved') return alone;
    if (performance.now() - startedMs + waitMs > boundMs) throw new SandboxUnavailableError(overloaded(boundMs));
    await delay(waitMs, undefined, { signal });
  }
}

function overloaded(boundMs: number): string {
  const minutes = Math.round(boundMs / 60_000);
  return `this machine is overloaded: other processes kept a test run from its processors for ${minutes} minutes; stop some of them, or take a machine with more`;
}
