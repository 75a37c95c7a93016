import pRetry from 'p-retry';

import { StoreUnavailableError } from '../../domain/failure/errors.ts';
import type { Store } from '../../store/store.ts';
import { stepUnderWay, type StepUnderWay } from './progress.ts';

/**
 * How long a step waits for the store before it gives up what it holds: a reply that is paid for, test runs of minutes.
 * The restart of a database, or a change of its primary, is over by then, and steps have an hour and more
 * (src/workflows/activity-proxies.ts). Longer absences are waited for by the workflow.
 */
const PATIENCE_MS = 10 * 60_000;
/** A locked database is free again within a second; one that is away is asked six times a minute. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * The same store, of which every call is made again while it is away, until the step that makes it is stopped. Every
 * write may be repeated (src/store/store.ts). For steps that hold something; bookkeeping has tries of its own, and what
 * cannot be removed now is found again later.
 */
export function createPatientStore(store: Store): Store {
  const blobs = patiently(store.blobs);
  return {
    ...store,
    blobs: {
      put: (content) => blobs.put(content),
      get: (ref) => blobs.get(ref),
      remove: (ref) => store.blobs.remove(ref),
    },
    ledger: patiently(store.ledger),
  };
}

function patiently<Port extends object>(port: Port): Port {
  return new Proxy(port, {
    get: (target, name): unknown => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...input: readonly unknown[]) => untilThere(() => Promise.resolve(Reflect.apply(method, target, input)));
    },
  });
}

/** Nearly every call is answered, and costs nothing beside itself. */
async function untilThere(call: () => Promise<unknown>): Promise<unknown> {
  const step = stepUnderWay();
  step?.signal.throwIfAborted();
  try {
    const result = await call();
    step?.signal.throwIfAborted();
    return result;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return callAgain(call, error, step);
  }
}

async function callAgain(
  call: () => Promise<unknown>,
  absence: StoreUnavailableError,
  step: StepUnderWay | undefined,
): Promise<unknown> {
  const { what } = step ?? {};
  step?.say(`waiting for the store: ${absence.message}`);
  // The first try has been made.
  const result = await pRetry((attempt) => (attempt === 1 ? Promise.reject(absence) : call()), {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: PATIENCE_MS,
    minTimeout: FIRST_WAIT_MS,
    maxTimeout: LONGEST_WAIT_MS,
    ...(step === undefined ? {} : { signal: step.signal }),
    shouldRetry: ({ error }) => error instanceof StoreUnavailableError,
  });
  if (what !== undefined) step?.say(what);
  return result;
}
