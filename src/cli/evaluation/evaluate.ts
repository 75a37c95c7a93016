import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { EvaluationRow } from '../../domain/record/evaluation-rows.ts';
import type { Store } from '../../store/store.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { withStore } from '../command/read-store.ts';
import type { TemporalAccess, TrainingEnd } from '../command/temporal-access.ts';
import { unlessAborted } from '../command/unless-aborted.ts';
import { configurationWith } from '../run/changed-configuration.ts';
import { startUnderNextId } from '../temporal/run-ids.ts';
import { targetFor, type TargetOptions } from '../temporal/temporal-target.ts';
import { writeJson } from '../text/output.ts';
import { renderEvaluations, toEvaluationDocument } from './evaluation-document.ts';
import { writePredictions } from './predictions.ts';

export interface EvaluateOptions extends TargetOptions {
  readonly bugs: string;
  readonly weights?: string;
  readonly step?: number;
  readonly set: readonly string[];
  readonly predictions?: string;
  readonly json?: boolean;
}

/** Tasks take seconds to minutes each; a person wants to see the next one soon. */
const LOOK_EVERY_MS = 1_000;

/** Has a policy try every task of a library on a server that runs, and shows how many it solves. */
export async function evaluate(context: CommandContext, nameOrFile: string, options: EvaluateOptions): Promise<number> {
  const { environment, backends, output, messages } = context;
  const input = inputOf(configurationWith(nameOrFile, options.set), options);
  const temporal = await backends.connectTemporal(targetFor(backends, environment, options));
  try {
    const rows = await withStore(context, ({ ledger }) => ledger.listEvaluations({}));
    const known = rows.map(({ evaluationId }) => evaluationId);
    const start = (id: string) => temporal.startEvaluation(id, input);
    const evaluationId = await startUnderNextId(start, { kind: 'evaluation', known });
    messages.write(`started ${evaluationId}\n`);
    const stopped = await follow(context, temporal, evaluationId);
    if (stopped !== undefined) return stopped;
    await withStore(context, async (store) => {
      const row = await findEvaluation(store, evaluationId);
      if (options.predictions !== undefined) await writePredictions(store, row, resolve(options.predictions));
      const document = toEvaluationDocument(row);
      if (options.json === true) writeJson(output, document);
      else output.write(renderEvaluations([document], output));
    });
    return EXIT.ok;
  } finally {
    await temporal.close();
  }
}

function inputOf(config: unknown, { bugs, weights: run, step }: EvaluateOptions) {
  if (run === undefined && step !== undefined)
    throw new CommandFailure('--step is one of the run that --weights names', EXIT.usage);
  const weights = run === undefined ? {} : { weights: { run, ...(step === undefined ? {} : { step }) } };
  return { config, bugs: resolve(bugs), ...weights };
}

/** To its end; the exit code where that was not waited for. Ctrl-C leaves it running. */
async function follow(
  { messages, interrupts }: CommandContext,
  temporal: TemporalAccess,
  evaluationId: string,
): Promise<number | undefined> {
  const { stop, exitCode } = interrupts();
  const over = new AbortController();
  const watching = watch(temporal, evaluationId, AbortSignal.any([stop, over.signal]), (line) => {
    messages.write(line);
  });
  let end: TrainingEnd | undefined;
  try {
    end = await unlessAborted(temporal.awaitEnd(evaluationId), stop);
  } finally {
    over.abort();
    await watching;
  }
  if (end === undefined) {
    messages.write(`no longer following ${evaluationId}, which goes on\n`);
    return exitCode() ?? EXIT.no;
  }
  if (end.status === 'completed') return undefined;
  const code = end.invalidInput ? EXIT.usage : EXIT.infrastructure;
  throw new CommandFailure(`${evaluationId} ${end.status}: ${end.reason}`, code);
}

async function watch(
  temporal: TemporalAccess,
  evaluationId: string,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  let told = '';
  // The last look comes after the end, and sees all of it.
  for (let over = false; !over;) {
    over = signal.aborted;
    const progress = await temporal.queryEvaluation(evaluationId);
    if (progress !== undefined) {
      const { solved, unsolved, lost, tasks } = progress;
      const line = `${solved} solved, ${unsolved} unsolved, ${lost} lost of ${tasks}\n`;
      if (line !== told) write(line);
      told = line;
    }
    if (!over) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function findEvaluation({ ledger }: Pick<Store, 'ledger'>, id: string): Promise<EvaluationRow> {
  const row = (await ledger.listEvaluations({})).find(({ evaluationId }) => evaluationId === id);
  if (row !== undefined) return row;
  throw new CommandFailure(`${id} is over, and the store of this home knows nothing of it`, EXIT.infrastructure);
}
