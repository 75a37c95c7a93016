import { setTimeout as sleep } from 'node:timers/promises';

import type { Store } from '../../store/store.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { followRun } from './follow-run.ts';
import { noteSubjectsWithoutTests } from './note-subjects.ts';
import { writeJson } from '../text/output.ts';
import { createProgressView } from './progress-view.ts';
import { renderRunReport } from './render-run-report.ts';
import { configurationWith } from './changed-configuration.ts';
import { startUnderNextId } from '../temporal/run-ids.ts';
import { readRunReport, type RunReport } from './run-report.ts';
import { createRunReader } from './run-snapshot.ts';
import type { TemporalAccess, TrainingEnd } from '../command/temporal-access.ts';
import { targetFor, type TargetOptions } from '../temporal/temporal-target.ts';
import { describeTrainingEnd, exitCodeOfEnd, exitCodeOfRun } from '../temporal/training-end.ts';

export interface RunOptions extends TargetOptions {
  readonly id?: string;
  readonly detach?: boolean;
  readonly set: readonly string[];
  readonly json?: boolean;
}

/** What `run --json` writes. */
export interface StartedRun {
  readonly run: string;
  readonly status: 'started' | TrainingEnd['status'];
  readonly reason: string | null;
  /** Null with --detach, and when the user stopped following. */
  readonly report: RunReport | null;
}

/** A worker that runs reads the input within a second; one that is busy within a few. */
const FIRST_STEP_MS = 10_000;

/** Starts a run on a server that runs, and follows it to its end. */
export async function startTraining(context: CommandContext, nameOrFile: string, options: RunOptions): Promise<number> {
  const config = configurationWith(nameOrFile, options.set);
  const { environment, backends } = context;
  const temporal = await backends.connectTemporal(targetFor(backends, environment, options));
  try {
    await checkSearchAttributes(temporal);
    const store = await backends.openStore(environment);
    try {
      const runId = await start(temporal, store, options.id, config);
      context.messages.write(`started ${runId}\n`);
      noteSubjectsWithoutTests(config, environment, context.messages);
      return await (options.detach === true
        ? leave(context, temporal, runId, options)
        : follow(context, temporal, store, { runId, options }));
    } finally {
      await store.close();
    }
  } finally {
    await temporal.close();
  }
}

async function checkSearchAttributes(temporal: TemporalAccess): Promise<void> {
  const missing = await temporal.missingSearchAttributes();
  if (missing.length === 0) return;
  throw new CommandFailure(
    `the server lacks the search attributes ${missing.join(', ')}; \`selfplay up\` and \`selfplay worker\` create them`,
    EXIT.infrastructure,
  );
}

async function start(
  temporal: TemporalAccess,
  { ledger }: Pick<Store, 'ledger'>,
  id: string | undefined,
  input: unknown,
): Promise<string> {
  const known = await ledger.listRunIds();
  if (id === undefined)
    return startUnderNextId((runId) => temporal.startTraining(runId, input), { kind: 'run', known });
  if (known.includes(id) || (await temporal.startTraining(id, input)) === 'taken') {
    throw new CommandFailure(`there is a run ${id} already; give another --id`, EXIT.usage);
  }
  return id;
}

/** Waits for no more than the first step, which finds what is wrong with the input. */
async function leave(
  context: CommandContext,
  temporal: TemporalAccess,
  runId: string,
  { json }: RunOptions,
): Promise<number> {
  const end = await Promise.race([temporal.awaitEnd(runId), firstStep(temporal, runId)]);
  if (end === 'no worker') {
    context.messages.write('no worker has taken it yet; `selfplay up` or `selfplay worker` starts one\n');
  }
  const failed = typeof end === 'object' && end.status !== 'completed' ? end : undefined;
  if (failed !== undefined) context.messages.write(describeTrainingEnd(runId, failed));
  const started: StartedRun = {
    run: runId,
    status: failed?.status ?? 'started',
    reason: failed?.reason ?? null,
    report: null,
  };
  if (json === true) writeJson(context.output, started);
  else if (failed === undefined) context.output.write(`${runId}\n`);
  return failed === undefined ? EXIT.ok : exitCodeOfEnd(failed);
}

async function firstStep(temporal: TemporalAccess, runId: string): Promise<'taken' | 'no worker'> {
  const deadline = Date.now() + FIRST_STEP_MS;
  while (Date.now() < deadline) {
    const progress = await temporal.queryTraining(runId);
    if (progress !== undefined && progress.injectionGroups.total > 0) return 'taken';
    await sleep(200);
  }
  return 'no worker';
}

async function follow(
  context: CommandContext,
  temporal: TemporalAccess,
  store: Pick<Store, 'blobs' | 'ledger'>,
  { runId, options }: { readonly runId: string; readonly options: RunOptions },
): Promise<number> {
  const startedAt = performance.now();
  const { stop, exitCode } = context.interrupts();
  const page = options.json === true ? context.messages : context.output;
  const end = await followRun({
    end: temporal.awaitEnd(runId),
    read: createRunReader(store.ledger, runId, temporal),
    view: createProgressView(page),
    signal: stop,
  });
  if (end === undefined) {
    context.messages.write(`no longer following ${runId}, which goes on; \`selfplay status ${runId}\` shows it\n`);
    if (options.json === true) writeJson(context.output, { run: runId, status: 'started', reason: null, report: null });
    return exitCode() ?? EXIT.no;
  }
  const snapshot = await createRunReader(store.ledger, runId)();
  const report = await readRunReport(store, snapshot, (performance.now() - startedAt) / 1000);
  if (snapshot.episodes.length > 0) page.write(`\n${renderRunReport(report, page)}`);
  context.messages.write(describeTrainingEnd(runId, end));
  const finished: StartedRun = {
    run: runId,
    status: end.status,
    reason: end.reason === '' ? null : end.reason,
    report,
  };
  if (options.json === true) writeJson(context.output, finished);
  return exitCodeOfRun(end, report);
}
