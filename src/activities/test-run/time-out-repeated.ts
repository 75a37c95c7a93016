import type { Services } from '../services/services.ts';

/**
 * Runs tests in one of the host's places; what timed out is run once more with no other test run beside it, so that load
 * never decides (SPEC 4, check 3). Not to be called from a place: being alone means to wait for all of them.
 */
export async function repeatingTimeOut<Result>(
  { testRuns, aloneAmongTestRuns }: Pick<Services, 'testRuns' | 'aloneAmongTestRuns'>,
  run: () => Promise<Result>,
  timedOut: (result: Result) => boolean,
): Promise<Result> {
  const first = await testRuns(run);
  return timedOut(first) ? aloneAmongTestRuns(run) : first;
}
