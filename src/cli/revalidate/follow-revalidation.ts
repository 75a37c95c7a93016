import { setTimeout as sleep } from 'node:timers/promises';

import type { TemporalConnection } from '../../workers/temporal-connection.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { unlessAborted } from '../command/unless-aborted.ts';
import type { RevalidationEnd } from './revalidation-document.ts';
import { createTeller } from './revalidation-teller.ts';
import { startUnderNextId } from '../temporal/run-ids.ts';
import type { TemporalAccess } from '../command/temporal-access.ts';

/** Artifacts take seconds each; a person wants to see the next one soon. */
const LOOK_EVERY_MS = 1_000;

/** A worker that runs takes a workflow within a second. */
const NO_WORKER_MS = 10_000;

/** Starts the workflow on a server and follows it to its end; Ctrl-C leaves it running. */
export async function followRevalidation(
  { backends, messages, interrupts }: CommandContext,
  target: TemporalConnection,
  known: readonly string[],
  input: object,
): Promise<RevalidationEnd> {
  const { stop, exitCode } = interrupts();
  const temporal = await backends.connectTemporal(target);
  try {
    const start = (id: string) => temporal.startRevalidation(id, input);
    const revalidationId = await startUnderNextId(start, { kind: 'revalidation', known });
    messages.write(`started ${revalidationId} on ${target.address}\n`);
    const over = new AbortController();
    const watching = watch(temporal, revalidationId, AbortSignal.any([stop, over.signal]), (line) => {
      messages.write(line);
    });
    const ending = async () => {
      try {
        return await unlessAborted(temporal.awaitEnd(revalidationId), stop);
      } finally {
        over.abort();
        await watching;
      }
    };
    const end = await ending();
    if (end === undefined) {
      messages.write(`no longer following ${revalidationId}, which goes on\n`);
      return { revalidationId, exitCode: exitCode() ?? EXIT.no };
    }
    if (end.status === 'completed') return { revalidationId, exitCode: undefined };
    const code = end.invalidInput ? EXIT.usage : EXIT.infrastructure;
    throw new CommandFailure(`${revalidationId} ${end.status}: ${end.reason}`, code);
  } finally {
    await temporal.close();
  }
}

async function watch(
  temporal: TemporalAccess,
  revalidationId: string,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  const tell = createTeller(write);
  const startedMs = performance.now();
  let answered = false;
  let warned = false;
  // The last look comes after the end, and sees all of it.
  for (let over = false; !over;) {
    over = signal.aborted;
    const progress = await temporal.queryRevalidation(revalidationId);
    if (progress !== undefined) tell(progress);
    answered ||= progress !== undefined;
    if (!answered && !warned && performance.now() - startedMs > NO_WORKER_MS) {
      write('no worker has taken it yet; `selfplay up` or `selfplay worker` starts one\n');
      warned = true;
    }
    if (!over) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
