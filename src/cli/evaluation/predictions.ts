import { writeFileSync } from 'node:fs';

import type { EvaluationRow } from '../../domain/record/evaluation-rows.ts';
import type { Store } from '../../store/store.ts';
import { readText } from '../records/stored-formats.ts';

/** A line as the SWE-bench harness reads it. */
interface Prediction {
  readonly instance_id: string;
  readonly model_name_or_path: string;
  readonly model_patch: string;
}

/** Writes what an evaluation has submitted, a line for each task that was not lost; returns how many. */
export async function writePredictions(
  store: Pick<Store, 'blobs' | 'ledger'>,
  { evaluationId, model }: EvaluationRow,
  file: string,
): Promise<number> {
  const episodes = await store.ledger.listEpisodes({ runId: evaluationId });
  const predictions: Prediction[] = [];
  for (const { episodeId } of episodes) {
    for (const { artifactId, outcome, patch } of await store.ledger.listAttempts(episodeId)) {
      if (outcome === 'lost') continue;
      const text = patch === null ? '' : await readText(store.blobs, patch);
      const id = artifactId.replace(/^library\//, '');
      predictions.push({ instance_id: id, model_name_or_path: model, model_patch: text });
    }
  }
  predictions.sort((one, other) => (one.instance_id < other.instance_id ? -1 : 1));
  writeFileSync(file, predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join(''));
  return predictions.length;
}
