import pRetry from 'p-retry';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { messageOf } from '../message-of.ts';

/**
 * How long the engine may take for a call that changes or tells something. A start takes a third of a second, eight at
 * once on two cores two seconds; an engine that needs more than a minute hangs.
 */
const CONTROL_MS = 60_000;

/** Lost replies, restarts of the engine and moments of overload pass within seconds; beyond that the caller decides. */
const RETRIES = { retries: 3, minTimeout: 200, maxTimeout: 2000, randomize: true } as const;

export type EngineCall<Result> = (abortSignal: AbortSignal) => Promise<Result>;

/**
 * One call of the engine, within a limit of time. What the engine refuses (any status below 500) is thrown as it came,
 * for the caller to judge; an engine that is not there, hangs or breaks is a `SandboxUnavailableError`.
 */
export async function callEngine<Result>(
  what: string,
  call: EngineCall<Result>,
  limitMs: number = CONTROL_MS,
): Promise<Result> {
  const deadline = AbortSignal.timeout(limitMs);
  try {
    // The race as well: an aborted request may wait for a socket that does not close.
    return await Promise.race([call(deadline), rejectedBy(deadline)]);
  } catch (error) {
    if (statusOf(error) !== undefined && !isEngineFailure(error)) throw error;
    const why = deadline.aborted ? `no answer in ${limitMs} ms` : messageOf(error);
    throw new SandboxUnavailableError(`docker ${what}: ${why}. Is the engine running? \`docker info\` tells`, {
      cause: error,
    });
  }
}

/** The same, tried again with growing pauses: for calls that may be repeated, which a command never is. */
export function callEngineAgain<Result>(
  what: string,
  call: EngineCall<Result>,
  limitMs: number = CONTROL_MS,
): Promise<Result> {
  return pRetry(() => callEngine(what, call, limitMs), {
    ...RETRIES,
    shouldRetry: ({ error }) => error instanceof SandboxUnavailableError,
  });
}

/** The engine's answer, or undefined where it says that there is no such thing. */
export async function unlessMissing<Result>(answer: Promise<Result>): Promise<Result | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The HTTP status of an engine's refusal; undefined where it did not answer at all. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function isEngineFailure(error: unknown): boolean {
  return (statusOf(error) ?? 500) >= 500;
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('the limit of time is over'));
    });
  });
}
