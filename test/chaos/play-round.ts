import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { audit, type Findings } from './audit/audit.ts';
import type { CommandTrace, LedgerTables, Reference } from './audit/evidence.ts';
import { lookAtHost } from './audit/look-at-host.ts';
import { readContent } from './audit/read-content.ts';
import { readExecutions } from './audit/read-executions.ts';
import { readPostgresLedger } from './audit/read-ledger.ts';
import { readModelLog, readTraces } from './audit/read-logs.ts';
import { referenceOf } from './audit/verdicts-changed.ts';
import type { FaultKind } from './faults/all-faults.ts';
import { injectFaults } from './inject-faults.ts';
import type { Planned } from './schedule.ts';
import type { WorkerProgram } from './worker/build-worker.ts';
import type { Workload } from './world/runs.ts';
import type { Backend } from './world/worker.ts';
import { BUCKET, createWorld, type World } from './world/world.ts';

export interface RoundOptions {
  readonly program: WorkerProgram;
  readonly backend: Backend;
  readonly seed: number;
  readonly planned: readonly Planned<FaultKind>[];
  /** What runs come to without faults; undefined where that is still to be found out. */
  readonly reference: Reference | undefined;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

export interface RoundResult {
  readonly episodes: number;
  readonly findings: Findings;
  readonly reference: Reference;
}

const HOSTS = 2;
/** What each lane plays, over and over. */
const LANES: readonly (readonly Workload[])[] = [['scripted'], ['scripted', 'embedded']];
/** An episode takes half a minute; one that takes this long after the last fault hangs. */
const SETTLE_MS = 10 * 60_000;
/** A sandbox of a host that has crashed ends with its lease, what is left with the next sweep (120 s). */
const CLEAN_MS = 180_000;

/** A deployment, runs on it, faults, and when all is over the audit of what is left. */
export async function playRound(options: RoundOptions): Promise<RoundResult> {
  const { program, backend, seed, signal, tell } = options;
  const world = await createWorld({ program, backend, seed, hosts: HOSTS });
  try {
    const reference = options.reference ?? (await playWithoutFaults(world, signal, tell));
    await playUnderFaults(world, options);
    tell('all runs have ended; waiting for what they leave');
    await untilClean(world, signal);
    await world.stopWorkers();
    return await auditWorld(world, reference, tell);
  } finally {
    await world.dispose();
  }
}

async function playWithoutFaults(world: World, signal: AbortSignal, tell: RoundOptions['tell']): Promise<Reference> {
  tell('playing without faults, to compare with');
  await unlessAborted(Promise.all([world.runs.play('scripted'), world.runs.play('embedded')]), signal);
  return referenceOf(await readPostgresLedger(world.services.ledgerUrl));
}

async function playUnderFaults(world: World, { planned, signal, tell }: RoundOptions): Promise<void> {
  let isOver = false;
  const lanes = LANES.map(async (workloads) => {
    for (let played = 0; !isOver; played += 1)
      await world.runs.play(workloads[played % workloads.length] ?? 'scripted');
  });
  const played = Promise.all(lanes);
  // Whoever waits for it hears of it.
  played.catch(() => undefined);
  try {
    await unlessAborted(injectFaults({ world, planned, signal, tell }), signal);
  } finally {
    isOver = true;
  }
  tell('no more faults; waiting for the runs to end');
  const overdue = sleep(SETTLE_MS, 'overdue' as const, { ref: false });
  const end = await unlessAborted(Promise.race([played, overdue]), signal);
  if (end === 'overdue') tell(`these runs have not ended: ${world.runs.open().join(', ')}`);
}

function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(new Error('stopped'));
      },
      { once: true },
    );
  });
  return Promise.race([work, aborted]);
}

async function untilClean(world: World, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + CLEAN_MS;
  const isClean = () => world.hosts().every(({ sandboxes }) => sandboxes.standing().length === 0);
  while (!isClean() && Date.now() < deadline) await sleep(1_000, undefined, { signal });
}

async function auditWorld(world: World, reference: Reference, tell: RoundOptions['tell']): Promise<RoundResult> {
  const { directory, services, runs, logs, hosts, orchestrator } = world;
  const machines = [orchestrator, ...hosts()].map(({ machine }) => machine);
  const ledger = await readPostgresLedger(services.ledgerUrl);
  const traces = readTraces(logs.traces);
  tell(damageOf(ledger, traces));
  const findings = audit({
    ledger,
    content: await readContent(ledger, join(services.s3.directory, BUCKET)),
    executions: await readExecutions(runs.client),
    calls: readModelLog(logs.model),
    traces,
    reference,
    cancelledRuns: runs.cancelled,
    remains: lookAtHost({
      directory,
      sandboxes: hosts().map(({ sandboxes }) => sandboxes.folder),
      engines: hosts().flatMap(({ sandboxes }) => sandboxes.engine?.host ?? []),
      expected: {
        processes: ownProcesses(process.pid, new Set(machines.map(({ init }) => init))),
        mounts: new Set([
          join(directory, 'store'),
          ...machines.flatMap(({ disk }) => [disk, join(disk, 'engine', 'data')]),
        ]),
      },
    }),
  });
  return { episodes: ledger.episodes.length, findings, reference };
}

/** What the faults did to rollouts, so that a reader sees that they met any. */
function damageOf({ rollouts, repeats }: LedgerTables, traces: readonly CommandTrace[]): string {
  const sandboxes = new Set(traces.map(({ rolloutId, sandbox }) => `${rolloutId} ${sandbox}`)).size;
  const traced = new Set(traces.map(({ rolloutId }) => rolloutId)).size;
  const told = `${repeats.length} calls made again in another sandbox`;
  return `${rollouts.length} rollouts; commands of ${traced} of them ran in ${sandboxes} sandboxes; ${told}`;
}

/** The harness and what it has started, but nothing that has lost its parent inside of a machine. */
function ownProcesses(root: number, inits: ReadonlySet<number>): ReadonlySet<number> {
  const own = new Set([root]);
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (inits.has(next)) continue;
    for (const child of childrenOf(next)) {
      own.add(child);
      waiting.push(child);
    }
  }
  return own;
}

function childrenOf(parent: number): readonly number[] {
  try {
    return readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
      readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
