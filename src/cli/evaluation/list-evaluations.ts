import { resolve } from 'node:path';

import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { withStore } from '../command/read-store.ts';
import { writeJson } from '../text/output.ts';
import { renderEvaluations, toEvaluationDocument } from './evaluation-document.ts';
import { writePredictions } from './predictions.ts';

export interface EvaluationsOptions {
  readonly run?: string;
  readonly predictions?: string;
  readonly json?: boolean;
}

/** Evaluations in the order in which they began, or one; the curve of a run is those of its weights. */
export async function listEvaluations(
  context: CommandContext,
  id: string | undefined,
  { run, predictions, json }: EvaluationsOptions,
): Promise<number> {
  const rows = await withStore(context, async (store) => {
    const all = await store.ledger.listEvaluations(run === undefined ? {} : { trainingRun: run });
    const chosen = id === undefined ? all : all.filter(({ evaluationId }) => evaluationId === id);
    const [one] = chosen;
    if (id !== undefined && one === undefined)
      throw new CommandFailure(`there is no evaluation ${id}; \`selfplay evaluations\` lists them`, EXIT.usage);
    if (predictions === undefined) return chosen;
    if (id === undefined || one === undefined)
      throw new CommandFailure('--predictions writes those of one evaluation: name it', EXIT.usage);
    const written = await writePredictions(store, one, resolve(predictions));
    context.messages.write(`${written} predictions in ${resolve(predictions)}\n`);
    return chosen;
  });
  const evaluations = rows.map(toEvaluationDocument);
  if (json === true) writeJson(context.output, { evaluations });
  else if (evaluations.length === 0) context.messages.write('no evaluations yet\n');
  else context.output.write(renderEvaluations(evaluations, context.output));
  return EXIT.ok;
}
