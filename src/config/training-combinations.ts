import type { ServingConfiguration } from './serving-configuration.ts';
import type { TrainerConfiguration } from './trainer-configuration.ts';

/** A place in the configuration, in camelCase, and what is wrong there. */
export interface CombinationProblem {
  readonly path: readonly string[];
  readonly message: string;
}

interface Combined {
  readonly policy: { readonly kind: string; readonly requestTokenIds?: boolean | undefined };
  readonly rollout: { readonly contextTokens: number };
  readonly training?: CombinedTraining | undefined;
}

interface CombinedTraining {
  readonly trainer: TrainerConfiguration;
  readonly maxLag: number;
  readonly serving?: ServingConfiguration | undefined;
}

/**
 * Why policy, trainer and inference servers can do nothing together: what one makes another could not use, which a run
 * would find out hours later. What may be right, as two names of one server, is left to the run.
 */
export function trainingProblem({ policy, rollout, training }: Combined): CombinationProblem | undefined {
  if (training === undefined) return undefined;
  const { trainer } = training;
  switch (trainer.kind) {
    case 'embedded':
      if (policy.kind !== 'embedded') return at(TRAINER, 'the embedded trainer trains the embedded policy');
      return servingProblem(training, 'the embedded policy reads its weights from the store');
    case 'tinker':
      if (policy.kind !== 'tinker')
        return at(TRAINER, 'what a Tinker server trains it samples from itself: give policy.kind: tinker');
      if (trainer.server === 'hosted' && trainer.loraRank === undefined)
        return at([...TRAINER, 'loraRank'], 'a hosted server trains LoRA adapters only: give their rank');
      if (trainer.reduction === 'mean' && training.maxLag !== 0)
        return at(
          ['training', 'maxLag'],
          'SkyRL on JAX (reduction: mean) samples from the very adapter that it trains: 0, so that no episode plays meanwhile',
        );
      return servingProblem(training, 'what a Tinker server trains it samples from itself');
    case 'prime-rl':
      if (trainer.sequenceTokens < rollout.contextTokens)
        return at(
          [...TRAINER, 'sequenceTokens'],
          `a rollout may have ${rollout.contextTokens} tokens (rollout.context_tokens), and the trainer would refuse those of more than ${trainer.sequenceTokens}`,
        );
      return servedProblem(policy, training);
    case 'files':
      return servedProblem(policy, training);
  }
}

const TRAINER = ['training', 'trainer'] as const;
const SERVING = ['training', 'serving'] as const;

function servingProblem({ serving }: CombinedTraining, instead: string): CombinationProblem | undefined {
  return serving && at(SERVING, `${instead}: leave it out`);
}

/** Which policies ask which servers. */
const ASKED_BY: Readonly<Record<ServingConfiguration['kind'], readonly string[]>> = {
  vllm: ['vllm', 'openai'],
  sglang: ['sglang', 'openai'],
  'prime-rl': ['vllm', 'openai'],
};

/** Of a trainer that leaves its weights in a directory. */
function servedProblem(policy: Combined['policy'], { trainer, serving }: CombinedTraining) {
  if (policy.kind === 'embedded')
    return at(TRAINER, 'it trains on tokens, and the embedded policy makes decisions: give trainer.kind: embedded');
  if (policy.kind === 'tinker')
    return at(TRAINER, 'a Tinker server samples from what it has trained itself: give trainer.kind: tinker');
  if (policy.kind === 'openai' && policy.requestTokenIds !== true)
    return at(
      ['policy', 'requestTokenIds'],
      'without the tokens that were sampled nothing can be trained on: true, or policy.kind vllm or sglang',
    );
  if (serving === undefined)
    return at(TRAINER, 'nobody would load the weights that it makes: name the inference servers in training.serving');
  if (!ASKED_BY[serving.kind].includes(policy.kind))
    return at(
      SERVING,
      `policy.kind ${policy.kind} asks no server of kind ${serving.kind}: it is one of ${ASKED_BY[serving.kind].join(', ')}`,
    );
  if (serving.kind === 'sglang' && trainer.kind === 'files' && trainer.initialWeights.kind === 'lora')
    return at([...TRAINER, 'initialWeights'], 'SGLang is given whole weights, and this is a LoRA adapter');
  return undefined;
}

function at(path: readonly string[], message: string): CombinationProblem {
  return { path, message };
}
