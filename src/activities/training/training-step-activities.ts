import type { PolicyConfiguration } from '../../config/configuration.ts';
import type { TrainingConfiguration } from '../../config/training-configuration.ts';
import type { ReadyGroup, SettledGroup } from '../../domain/training/compose-batch.ts';
import type { Running } from '../services/progress.ts';
import type { Services } from '../services/services.ts';
import { assembleStep, type StepToAssemble } from './assemble-step.ts';
import { keepTrainer } from './keep-trainer.ts';
import { openTraining, recoverTraining, trainStep } from './train-step.ts';
import type { Trained } from './trained.ts';
import { weighGroups } from './weigh-groups.ts';

export interface RunToTrain {
  readonly runId: string;
  readonly training: TrainingConfiguration;
  readonly policy: PolicyConfiguration;
}

/** What a step has come to, as far as its run goes on with it. */
export interface StepEnd {
  readonly step: number;
  readonly policyVersion: number;
}

/** How rewards become new weights; each may be said again. */
export function createTrainingStepActivities(services: Services, running: Running) {
  const trained = ({ runId, training, policy }: RunToTrain): Trained => {
    const { checkpointEvery, checkpointsKept, maxLag, trainer, serving } = training;
    return {
      ...{ store: services.store, runId, checkpointEvery, checkpointsKept, maxLag },
      trainer: services.trainerFor(trainer),
      serving: serving && services.servingFor({ ...serving, model: modelOf(policy) }),
    };
  };
  return {
    weighGroups: (input: {
      readonly runId: string;
      readonly groups: readonly SettledGroup[];
    }): Promise<readonly ReadyGroup[]> => running(() => weighGroups(services.store, input.runId, input.groups)),
    openTraining: (run: RunToTrain): Promise<void> => running((progress) => openTraining(trained(run), progress)),
    /** A step's sequences and manifest; false where there is nothing in it to be trained on. */
    assembleStep: (input: Omit<StepToAssemble, 'kind'>): Promise<boolean> =>
      running(async (progress) => {
        const { takes } = services.trainerFor(input.training.trainer);
        return (await assembleStep(services.store, { ...input, kind: takes }, progress)) !== null;
      }),
    trainStep: ({ step, ...run }: RunToTrain & { readonly step: number }): Promise<StepEnd> =>
      running(async (progress) => {
        const { policyVersion } = await trainStep(trained(run), step, progress);
        return { step, policyVersion };
      }),
    /** Until the trainer has forgotten the run, or this is cancelled: it is told every minute that the run goes on. */
    keepTrainer: (run: RunToTrain): Promise<'lost' | 'forgets-nobody'> =>
      running((progress) => keepTrainer(trained(run), progress)),
    recoverTraining: (run: RunToTrain): Promise<void> => running((progress) => recoverTraining(trained(run), progress)),
  };
}

export type TrainingStepActivities = ReturnType<typeof createTrainingStepActivities>;

/** Under which name servers sample from the weights that they were started with. */
function modelOf(policy: PolicyConfiguration): string {
  if ('model' in policy) return policy.model;
  throw new RangeError(`a policy of kind ${policy.kind} is sampled from no inference servers`);
}
