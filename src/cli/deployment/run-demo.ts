import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import { readSubjects } from '../../config/corpus.ts';
import { InvalidConfigError } from '../../domain/failure/errors.ts';
import type { CommandContext } from '../command/command-context.ts';
import { startDeployment, type Deployment } from './deployment.ts';
import { EXIT, messageOf } from '../command/exit-codes.ts';
import { followRun } from '../run/follow-run.ts';
import { homeOption } from '../text/format-values.ts';
import { unlessAborted } from '../command/unless-aborted.ts';
import { writeJson } from '../text/output.ts';
import { createProgressView } from '../run/progress-view.ts';
import { renderRunReport } from '../run/render-run-report.ts';
import { configurationWith } from '../run/changed-configuration.ts';
import { startUnderNextId } from '../temporal/run-ids.ts';
import { readRunReport, type RunReport } from '../run/run-report.ts';
import { createRunReader } from '../run/run-snapshot.ts';
import type { TrainingEnd } from '../command/temporal-access.ts';
import { describeTrainingEnd, exitCodeOfRun } from '../temporal/training-end.ts';

export interface DemoOptions {
  /** A file, or `-` for standard output. */
  readonly json?: string;
  readonly fresh?: boolean;
  readonly groups?: number;
  readonly seed?: number;
  readonly sandbox: SandboxChoice;
}

/** Longer, and the run that should end is ended without its consent. */
const CANCEL_TIMEOUT_MS = 15_000;

/** The whole loop on real code, from nothing to a table; an unfinished demo goes on. */
export async function runDemo(context: CommandContext, options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  const { stop, exitCode } = context.interrupts();
  const config = demoConfiguration(options);
  checkJsonFile(options.json);
  readSubjects(config, context.environment.cache);
  const deployment = await startDeployment(context, {
    command: 'demo',
    sandbox: options.sandbox,
    server: { port: 0, uiPort: 0 },
  });
  let ended: Ended | undefined;
  try {
    if (!stop.aborted) ended = await play(context, deployment, options, config, startedAt);
  } finally {
    await deployment.stop();
  }
  if (ended === undefined) {
    context.messages.write('stopped; `selfplay demo` resumes this run, `selfplay demo --fresh` starts anew\n');
    return exitCode() ?? EXIT.no;
  }
  report(context, options, ended);
  return exitCodeOfRun(ended.end, ended.report);
}

interface Ended {
  readonly end: TrainingEnd;
  readonly report: RunReport;
}

function demoConfiguration({ groups, seed }: DemoOptions) {
  return configurationWith('demo', [
    ...(groups === undefined ? [] : [`injection_groups=${groups}`]),
    ...(seed === undefined ? [] : [`seed=${seed}`]),
  ]);
}

/** Found out now, not after ten minutes of work. */
function checkJsonFile(file: string | undefined): void {
  if (file === undefined || file === '-') return;
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (error) {
    throw new InvalidConfigError(`--json cannot write ${file}: ${messageOf(error)}`);
  }
}

/** Plays the run to its end; undefined when the user stops before. */
async function play(
  context: CommandContext,
  deployment: Deployment,
  options: DemoOptions,
  config: unknown,
  startedAt: number,
): Promise<Ended | undefined> {
  const { messages, interrupts } = context;
  const { stop } = interrupts();
  const { temporal, services } = deployment;
  const { store } = services.services;
  const open = await temporal.listOpenTrainings();
  const unfinished = open.filter((id) => id.startsWith('demo-'));
  if (options.fresh === true) for (const id of unfinished) await temporal.cancelTraining(id);
  messages.write('starting the workers\n');
  const { failure } = await deployment.startWorkers();
  if (options.fresh === true) await waitForEnds(deployment, unfinished, stop);
  if (stop.aborted) return undefined;

  const [resumed] = options.fresh === true ? [] : unfinished;
  const known = await store.ledger.listRunIds();
  const runId =
    resumed ?? (await startUnderNextId((id) => temporal.startTraining(id, config), { kind: 'demo', known }));
  const others = open.filter((id) => id !== runId && !unfinished.includes(id));
  messages.write(introduction(deployment, { runId, resumed: resumed !== undefined, others, options }));

  const view = createProgressView(options.json === '-' ? messages : context.output);
  const end = await followRun({
    end: Promise.race([temporal.awaitEnd(runId), failure]),
    read: createRunReader(store.ledger, runId, temporal),
    view,
    signal: stop,
  });
  if (end === undefined) return undefined;
  const snapshot = await createRunReader(store.ledger, runId)();
  return { end, report: await readRunReport(store, snapshot, (performance.now() - startedAt) / 1000) };
}

/** Runs that were asked to end do so in order, and are ended without being asked when they do not. */
async function waitForEnds({ temporal }: Deployment, runIds: readonly string[], stop: AbortSignal): Promise<void> {
  const patience = AbortSignal.any([stop, AbortSignal.timeout(CANCEL_TIMEOUT_MS)]);
  for (const runId of runIds) {
    const end = await unlessAborted(temporal.awaitEnd(runId), patience);
    if (end === undefined) await temporal.terminateTraining(runId, 'a fresh demo takes its place');
  }
}

function introduction(
  { target, uiUrl, logFile }: Deployment,
  {
    runId,
    resumed,
    others,
    options,
  }: {
    readonly runId: string;
    readonly resumed: boolean;
    readonly others: readonly string[];
    readonly options: DemoOptions;
  },
): string {
  const ignored = options.groups !== undefined || options.seed !== undefined;
  return [
    resumed ? `resuming the unfinished run ${runId} (--fresh starts anew)\n` : `playing run ${runId}\n`,
    ...(resumed && ignored ? ['--groups and --seed are for a new run and change nothing here\n'] : []),
    ...(others.length === 0 ? [] : [`also unfinished on this home, and going on meanwhile: ${others.join(', ')}\n`]),
    `Temporal at ${target.address}${uiUrl === undefined ? '' : `, UI at ${uiUrl}`}, log in ${logFile}\n\n`,
  ].join('');
}

function report(
  { output, messages, environment }: CommandContext,
  { json }: DemoOptions,
  { end, report: came }: Ended,
): void {
  const page = json === '-' ? messages : output;
  page.write(`\n${renderRunReport(came, page)}`);
  if (end.status !== 'completed') messages.write(describeTrainingEnd(came.run, end));
  page.write(hint(came, environment));
  if (json === '-') writeJson(output, came);
  else if (json !== undefined) writeFileSync(json, `${JSON.stringify(came, null, 2)}\n`);
}

/** The episode that shows most: one whose bug was solved by some, not by all. */
function hint({ episodes, run }: RunReport, { home }: CommandContext['environment']): string {
  const telling = episodes.find(({ solveRate }) => solveRate !== null && solveRate > 0 && solveRate < 1);
  const bug = telling ?? episodes.find(({ verdict }) => verdict === 'consistent');
  const looks =
    bug === undefined ? [run] : [bug.id, ...(bug.order === 1 ? [`${bug.id}/bug`] : []), `${bug.id}/solver-0`];
  return `\nLook closer:\n${looks.map((id) => `  selfplay show ${id}${homeOption(home)}\n`).join('')}`;
}
