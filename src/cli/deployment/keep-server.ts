import { setTimeout as sleep } from 'node:timers/promises';

import type { ServerPorts, TemporalServer } from '../../workers/temporal-server.ts';
import { CommandFailure, EXIT, messageOf } from '../command/exit-codes.ts';

/** When a server counts as hung, and how often one is started anew. */
export interface ServerPatience {
  readonly checkEveryMs: number;
  /** Checks in a row without an answer. Counted, so that a machine that slept has not waited all night. */
  readonly silentChecks: number;
  readonly restarts: number;
  /** Restarts count as long as they are no older than this. */
  readonly withinMs: number;
}

/**
 * A check takes 5 s and waits 5 s for its answer: two minutes without one are more than an overloaded machine needs, and
 * less than anybody waits before looking. A server that ends a sixth time within ten minutes ends for a reason that
 * another start does not take away, a full disk or a broken database.
 */
const PATIENCE: ServerPatience = { checkEveryMs: 5_000, silentChecks: 12, restarts: 5, withinMs: 600_000 };

/** A server in whose place another one is started, on the same database and ports, when it ends or hangs. */
export interface KeptServer extends Pick<TemporalServer, 'address' | 'uiUrl' | 'namespace'> {
  /** Rejects when it is given up; never settles otherwise. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

export interface KeepServerOptions {
  readonly ports: ServerPorts;
  readonly start: (ports: ServerPorts) => Promise<TemporalServer>;
  /** For the person at the terminal. */
  readonly tell: (line: string) => void;
  readonly patience?: ServerPatience;
}

export async function keepServer({ ports, start, tell, patience = PATIENCE }: KeepServerOptions): Promise<KeptServer> {
  const first = await start(ports);
  const stopping = new AbortController();
  let server: TemporalServer | undefined = first;
  const keeping = keep();
  const failure = keeping.then(() => new Promise<never>(() => undefined));
  // Whoever waits for it hears of it; until somebody does, it is no unhandled rejection.
  failure.catch(() => undefined);

  async function keep(): Promise<void> {
    let restarts: readonly number[] = [];
    let why = await whyLost(first, patience, stopping.signal);
    while (!stopping.signal.aborted) {
      restarts = [...restarts.filter((at) => performance.now() - at < patience.withinMs), performance.now()];
      if (restarts.length > patience.restarts) throw givenUp(why, patience);
      tell(
        `the Temporal server ${why}; starting it again on the same database (${countOf(restarts.length, patience)})`,
      );
      why = await restart();
    }
  }

  /** Starts another one and watches it; how that one was lost, or why it did not start. */
  async function restart(): Promise<string> {
    try {
      await server?.stop();
      server = undefined;
      server = await start(first.ports);
    } catch (error) {
      // What keeps it from starting, a port that is not free yet, may go away.
      await sleep(patience.checkEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      return `does not start (${messageOf(error)})`;
    }
    tell('the Temporal server is back');
    return whyLost(server, patience, stopping.signal);
  }

  return {
    ...{ address: first.address, uiUrl: first.uiUrl, namespace: first.namespace },
    failure,
    stop: async () => {
      stopping.abort();
      // A restart on its way comes to its end first, else its server would outlive us.
      await keeping.catch(() => undefined);
      await server?.stop();
    },
  };
}

function countOf(restarts: number, { restarts: most, withinMs }: ServerPatience): string {
  return `restart ${restarts} of at most ${most} within ${withinMs / 60_000} minutes`;
}

function givenUp(why: string, { restarts, withinMs }: ServerPatience): CommandFailure {
  return new CommandFailure(
    `the Temporal server ${why}, after ${restarts} restarts within ${withinMs / 60_000} minutes. Its database is kept, and runs go on with the next start`,
    EXIT.infrastructure,
  );
}

/** Settles when the server has ended or hangs, with the words for it; and when nobody is interested any more. */
async function whyLost(server: TemporalServer, patience: ServerPatience, signal: AbortSignal): Promise<string> {
  const watching = new AbortController();
  try {
    const until = AbortSignal.any([signal, watching.signal]);
    return await Promise.race([server.ended, whenSilent(server, patience, until), whenAborted(signal)]);
  } finally {
    watching.abort();
  }
}

async function whenSilent(
  server: TemporalServer,
  { checkEveryMs, silentChecks }: ServerPatience,
  signal: AbortSignal,
): Promise<string> {
  for (let silent = 0; silent < silentChecks;) {
    await sleep(checkEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) break;
    silent = (await server.answers()) ? 0 : silent + 1;
  }
  return 'does not answer any more';
}

async function whenAborted(signal: AbortSignal): Promise<string> {
  if (!signal.aborted)
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
  return 'is stopped';
}
