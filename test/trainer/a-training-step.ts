import type { Sequence, TokenSequence } from '../../src/domain/training/sequence.ts';
import type { TrainingManifest } from '../../src/domain/training/training-step.ts';
import type { TrainerCall, TrainingStep } from '../../src/trainer/trainer.ts';

/** `length` tokens, of which all but the first are sampled. */
export function aTokenSequence(
  sequenceId: string,
  length: number,
  changes: Partial<TokenSequence> = {},
): TokenSequence {
  const of = <Value>(value: (index: number) => Value) => Array.from({ length }, (_, index) => value(index));
  return {
    ...{ kind: 'tokens', sequenceId, rolloutId: sequenceId, groupId: 'group', role: 'solver' },
    ...{ advantage: 0.5, temperature: 1 },
    tokenIds: of((index) => 100 + index),
    lossMask: of((index) => (index === 0 ? 0 : 1)),
    logprobs: of((index) => (index === 0 ? 0 : -0.25 * index)),
    versions: [{ version: 0, start: 1, end: length }],
    ...changes,
  };
}

export function aTrainingStep(
  step: number,
  sequences: readonly Sequence[],
  changes: Partial<TrainingManifest> = {},
): TrainingStep {
  const share = { rollouts: 0, sequences: 0, trained: 0 };
  const manifest: TrainingManifest = {
    ...{ format: 'training-step-1', runId: 'run', step, policyVersion: step - 1, kind: 'tokens' },
    objective: { loss: 'ppo', ratioMin: 0.8, ratioMax: 1.28 },
    optimizer: { learningRate: 3e-6, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 },
    ...{ denominator: 131_072, shards: [], groups: ['group'], byRole: { injector: share, solver: share } },
    ...changes,
  };
  return { manifest, manifestSha256: `${step}`.repeat(64), sequences: () => each(sequences) };
}

/** A call that ends with the test, and what it says. */
export function aTrainerCall(
  signal: AbortSignal = new AbortController().signal,
): TrainerCall & { readonly said: string[] } {
  const said: string[] = [];
  return { signal, say: (what) => said.push(what), said };
}

/** A call that is aborted as soon as it waits. */
export function aCallUntilItWaits(): TrainerCall & { readonly said: string[] } {
  const controller = new AbortController();
  const said: string[] = [];
  const say = (what: string) => {
    said.push(what);
    controller.abort(new Error('left while it waited'));
  };
  return { signal: controller.signal, say, said };
}

async function* each<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  for (const value of values) yield await Promise.resolve(value);
}
