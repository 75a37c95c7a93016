import { orAborted } from '../../domain/failure/or-aborted.ts';

/** Work that is done once for all who want its result, and for as long as one of them does. */
export interface SharedWork<Result> {
  /** Waits for the result until this signal is aborted; who is the last to leave stops the work, and sees it stopped. */
  join(signal: AbortSignal): Promise<Result>;
  /** Whether there is a result. */
  readonly done: boolean;
  /** It failed, or nobody waited any longer: who comes now has to start anew. */
  readonly over: boolean;
}

/** Starts the work under a signal of its own: that one caller is cancelled says nothing about the others. */
export function startSharedWork<Result>(work: (signal: AbortSignal) => Promise<Result>): SharedWork<Result> {
  const stopping = new AbortController();
  let state: 'working' | 'done' | 'over' = 'working';
  let waiting = 0;
  const result = work(stopping.signal).then(
    (value) => {
      state = 'done';
      return value;
    },
    (error: unknown) => {
      state = 'over';
      throw error;
    },
  );

  async function leave(): Promise<void> {
    waiting -= 1;
    if (waiting > 0 || state !== 'working') return;
    state = 'over';
    stopping.abort();
    await result.catch(() => undefined);
  }

  return {
    async join(signal) {
      signal.throwIfAborted();
      waiting += 1;
      try {
        return await orAborted(result, signal);
      } finally {
        await leave();
      }
    },
    get done() {
      return state === 'done';
    },
    get over() {
      return state === 'over';
    },
  };
}
