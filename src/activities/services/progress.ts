import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';

import { Context } from '@temporalio/activity';

import { WorkerStoppedError } from '../../domain/failure/errors.ts';
import { UNDER_LOAD } from '../../domain/failure/loaded-host.ts';
import { createHostLoad } from './host-load.ts';
import { shortenedError } from './shortened-error.ts';

/** What a long step is given: when to stop, and where to say what it is doing. */
export interface Progress {
  readonly signal: AbortSignal;
  /** What the step is at now, for a person: "turn 17: bash pytest -x". The next heartbeat tells it, at once if it is the first. */
  readonly say: (what: string) => void;
  /** Aborts when this worker begins to stop: a step that has a good place to be left at ends there. */
  readonly leaving?: AbortSignal;
}

/** A step as those see it who only know that they work for one: the store that it calls. */
export interface StepUnderWay extends Progress {
  /** What it has said last. */
  readonly what: string;
  /** Whether load slows it. */
  readonly isUnderLoad: () => boolean;
}

const underWay = new AsyncLocalStorage<StepUnderWay | undefined>();

/** The step that this is done for; undefined outside of activities. */
export function stepUnderWay(): StepUnderWay | undefined {
  return underWay.getStore();
}

/** Work that is done to its end although the step is stopped: what has to be cleaned up after it. */
export function notStopped<Result>(work: () => Promise<Result>): Promise<Result> {
  return underWay.run(undefined, work);
}

/** How steps are run: inside a Temporal activity, or by a command that needs no Temporal. */
export type Running = <Result>(step: (progress: Progress) => Promise<Result>) => Promise<Result>;

/** A third of the heartbeat time-out: two lost heartbeats are forgiven. */
const BEATS_PER_TIMEOUT = 3;
/** A third of the shortest one that there is (15 s, src/workflows/activity-proxies.ts), where an activity has a longer one. */
const LONGEST_BEAT_MS = 5_000;

/** Runs steps as Temporal activities, whose heartbeats say how this host is off, too. */
export function withHeartbeats(leaving: AbortSignal): Running {
  return (step) => inActivity(step, createHostLoad(), leaving);
}

/** Heartbeats say what a step is at, since when, and whether load slows it; cancellation aborts its signal. */
export async function inActivity<Result>(
  step: (progress: Progress) => Promise<Result>,
  isUnderLoad: () => boolean,
  leaving: AbortSignal = new AbortController().signal,
): Promise<Result> {
  let what = 'starting';
  let since = Date.now();
  const context = Context.current();
  const beat = () => {
    const load = isUnderLoad() ? UNDER_LOAD : '';
    context.heartbeat(`${what}, ${Math.round((Date.now() - since) / 1000)} s${load}`);
  };
  const signal = context.cancellationSignal;
  // Every command of a step listens for cancellation, and a step runs many at once: that is no leak.
  setMaxListeners(0, signal);
  // A timer, not the step's own loop, sends them, so that one long command or model call is no gap.
  const timer = setInterval(beat, beatMs(context.info.heartbeatTimeoutMs));
  let hasBeaten = false;
  const say = (next: string) => {
    what = next;
    since = Date.now();
    // The SDK would hold a second one back until the timer's, and each costs as much as a row of the journal.
    if (!hasBeaten) beat();
    hasBeaten = true;
  };
  const progress: StepUnderWay = {
    signal,
    say,
    leaving,
    isUnderLoad,
    get what() {
      return what;
    },
  };
  try {
    return await underWay.run(progress, () => step(progress));
  } catch (error) {
    // A worker that stops aborts its steps as a cancellation does, but nobody cancelled the work: it goes on elsewhere.
    if (context.cancellationDetails?.workerShutdown !== true) throw shortenedError(error);
    throw new WorkerStoppedError(`this worker stopped while it was at: ${what}`);
  } finally {
    clearInterval(timer);
  }
}

function beatMs(heartbeatTimeoutMs = 0): number {
  return heartbeatTimeoutMs === 0 ? LONGEST_BEAT_MS : Math.min(LONGEST_BEAT_MS, heartbeatTimeoutMs / BEATS_PER_TIMEOUT);
}
