import { readEvaluationInput, type EvaluationInput } from '../../config/evaluation-input.ts';
import type { Configuration } from '../../config/configuration.ts';
import { InvalidInputError } from '../../domain/failure/errors.ts';
import type { LibraryBug } from '../../domain/library/frozen-bug.ts';
import type { EvaluationRow, WeightsOfStep } from '../../domain/record/evaluation-rows.ts';
import type { RunRow } from '../../domain/record/ledger-rows.ts';
import { openFrozen, readLibrary } from '../library/import-library.ts';
import type { EpisodeConfiguration } from '../run/episode-input.ts';
import { readRunInput, type TrainingInputs } from '../run/training-activities.ts';
import type { Running } from '../services/progress.ts';
import type { Services } from '../services/services.ts';

/** How each task of an evaluation is played. */
export interface EvaluationPlan {
  readonly config: EpisodeConfiguration;
  readonly libraryId: string;
  readonly tasks: number;
  readonly weights?: WeightsOfStep;
}

/** Tasks of one page: a workflow's history takes a hundred children with room to spare. */
const PAGE = 100;

/** The bookkeeping of an evaluation; each may be said again. */
export function createEvaluationActivities(services: Services, inputs: TrainingInputs, running: Running) {
  const { ledger } = services.store;
  return {
    /** The first step of an evaluation: from here on it plays what the store has of the library. */
    openEvaluation: (request: { readonly evaluationId: string; readonly input: unknown }): Promise<EvaluationPlan> =>
      running(async ({ say }) => {
        const input = readEvaluationInput(request.input);
        say(`reading ${input.bugs}`);
        return openEvaluation(services, inputs, { ...request, input });
      }),
    readTasks: ({
      libraryId,
      from,
    }: {
      readonly libraryId: string;
      readonly from: number;
    }): Promise<readonly LibraryBug[]> =>
      running(async () => (await readLibrary(services.store, libraryId)).slice(from, from + PAGE)),
    closeEvaluation: ({
      evaluationId,
      outcome,
      ...counts
    }: Pick<EvaluationRow, 'evaluationId' | 'solved' | 'unsolved' | 'lost'> & {
      readonly outcome: NonNullable<RunRow['outcome']>;
    }): Promise<void> =>
      running(async () => {
        const endedAt = new Date().toISOString();
        await ledger.closeEvaluation({ evaluationId, ...counts, endedAt });
        await ledger.closeRun({ runId: evaluationId, outcome, endedAt });
      }),
  };
}

export type EvaluationActivities = ReturnType<typeof createEvaluationActivities>;

async function openEvaluation(
  services: Services,
  inputs: TrainingInputs,
  { evaluationId, input }: { readonly evaluationId: string; readonly input: EvaluationInput },
): Promise<EvaluationPlan> {
  const { config: given, bugs } = input;
  const config = evaluating(readRunInput(inputs, typeof given === 'string' ? { config: given } : given), bugs);
  const weights = await weightsOf(services, input.weights);
  const {
    id: libraryId,
    bugs: { length: tasks },
  } = await openFrozen(services.store, bugs);
  const { ledger } = services.store;
  const startedAt = new Date().toISOString();
  const kept = JSON.stringify({ ...config, promptsHash: inputs.promptsHash(), library: libraryId });
  await ledger.openRun({ runId: evaluationId, config: kept, seed: config.seed, startedAt });
  const receipt = weights === undefined ? undefined : await ledger.findReceipt(weights.run, weights.step);
  await ledger.openEvaluation({
    ...{ evaluationId, libraryId, tasks, startedAt, model: modelOf(config, weights) },
    ...{
      trainingRun: weights?.run ?? null,
      step: weights?.step ?? null,
      policyVersion: receipt?.policyVersion ?? null,
    },
  });
  const { subjects: _subjects, corpus: _corpus, ...episodes } = config;
  return { config: episodes, libraryId, tasks, ...(weights === undefined ? {} : { weights }) };
}

/** A run's configuration as an evaluation plays it: one attempt at each task, sampled as the paper evaluates. */
function evaluating(config: Configuration, bugs: string): Configuration {
  return {
    ...config,
    ...{ mode: 'repair-only', bugs, attempts: 1, minValidAttempts: 1, training: undefined },
    higherOrder: { ...config.higherOrder, enabled: false },
    rollout: { ...config.rollout, temperature: 1, topP: 0.95 },
  };
}

/** The newest ones of a run where no step is named. */
async function weightsOf(
  { store: { ledger } }: Services,
  weights: EvaluationInput['weights'],
): Promise<WeightsOfStep | undefined> {
  if (weights === undefined) return undefined;
  const { run, step } = weights;
  const receipt = step === undefined ? await ledger.newestReceipt(run) : await ledger.findReceipt(run, step);
  if (receipt !== undefined) return { run, step: receipt.step };
  throw new InvalidInputError(
    `weights: run ${run} has published none${step === undefined ? '' : ` after step ${step}`}`,
  );
}

function modelOf({ policy }: Configuration, weights: WeightsOfStep | undefined): string {
  const model = policy.kind === 'embedded' ? 'embedded' : policy.model;
  return weights === undefined ? model : `${model}@${weights.run}:${weights.step}`;
}
