import { absentBehind, isHandedBack } from './failures.ts';
import { MACHINE_WAITS, waitMs } from './waits.ts';

type Absent = NonNullable<ReturnType<typeof absentBehind>>;

/** What bookkeeping waits for the store at most (activity-proxies.ts); after that a person has to look. */
const STORE_PATIENCE_MS = 24 * 3_600_000;

/** A check lasts minutes, and workers are stopped a few times an hour at most; what is handed back more often never ends. */
const MOST_HAND_BACKS = 20;

/** What a workflow does while it waits: it sleeps, and can be found by what it waits for. */
export interface Waiting {
  readonly sleep: (ms: number) => Promise<void>;
  readonly mark: (waitingFor: Absent | null) => void;
}

/**
 * The same activities, each taken again and again while the store is away or load keeps its host from being heard, and
 * at once where a worker that stops hands it back: nobody's work is lost for that. Those of one workflow: it is marked from when the first of them waits until none does,
 * however each ends.
 */
export function waitingForAbsent<Activities extends object>(activities: Activities, waiting: Waiting): Activities {
  const waiters = countWaiters(waiting);
  return new Proxy(activities, {
    get: (target, name): unknown => {
      const activity: unknown = Reflect.get(target, name);
      if (typeof activity !== 'function') return activity;
      return (...input: readonly unknown[]) =>
        untilItIsThere(async () => {
          const result: unknown = await Reflect.apply(activity, undefined, input);
          return result;
        }, waiters);
    },
  });
}

interface Waiters extends Pick<Waiting, 'sleep'> {
  readonly enter: (absent: Absent) => void;
  readonly leave: (absent: Absent) => void;
}

function countWaiters({ sleep, mark }: Waiting): Waiters {
  const waitedFor: Absent[] = [];
  let marked: Absent | null = null;
  const markFirst = () => {
    const first = waitedFor[0] ?? null;
    if (first !== marked) mark(first);
    marked = first;
  };
  return {
    sleep,
    enter: (absent) => {
      waitedFor.push(absent);
      markFirst();
    },
    leave: (absent) => {
      waitedFor.splice(waitedFor.indexOf(absent), 1);
      markFirst();
    },
  };
}

interface Wait {
  readonly for: Absent;
  readonly times: number;
  readonly waitedMs: number;
}

async function untilItIsThere<Result>(step: () => Promise<Result>, waiters: Waiters): Promise<Result> {
  let waiting: Wait | undefined;
  let handedBack = 0;
  try {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (isHandedBack(error) && handedBack < MOST_HAND_BACKS) {
          handedBack += 1;
          continue;
        }
        const absent = absentBehind(error);
        if (absent === undefined) throw error;
        const { times, waitedMs } = waiting?.for === absent ? waiting : { times: 0, waitedMs: 0 };
        if (absent === 'store' ? waitedMs >= STORE_PATIENCE_MS : times >= MACHINE_WAITS) throw error;
        if (waiting?.for !== absent) {
          if (waiting !== undefined) waiters.leave(waiting.for);
          waiters.enter(absent);
        }
        waiting = { for: absent, times: times + 1, waitedMs: waitedMs + waitMs(times + 1) };
      }
      await waiters.sleep(waitMs(waiting.times));
    }
  } finally {
    if (waiting !== undefined) waiters.leave(waiting.for);
  }
}
