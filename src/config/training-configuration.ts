import { z } from 'zod';

import { OPTIMIZER_DEFAULTS } from './optimizer-defaults.ts';
import { servingSchema } from './serving-configuration.ts';
import { trainerSchema } from './trainer-configuration.ts';

const batchSchema = z
  .strictObject({
    groups: z
      .int()
      .positive()
      .optional()
      .describe('Groups that teach something: solvers of a bug, injectors of a draw.'),
    tokens: z.int().positive().optional().describe('Tokens read and said; of the embedded policy turns.'),
    injectionGroups: z
      .int()
      .positive()
      .optional()
      .describe('Injection groups drawn, whether they teach or not, with all that comes of them (`max_lag: 0` only).'),
  })
  .refine((batch) => Object.values(batch).filter((size) => size !== undefined).length === 1, {
    error: 'give one of groups, tokens, injection_groups',
  });

const { embedded, weights, adapter } = OPTIMIZER_DEFAULTS;

/** At 1 nothing new would ever count. */
const decay = z.number().min(0).lt(1);

/** How rewards become new weights (docs/training.md). */
export const trainingSchema = z
  .strictObject({
    trainer: trainerSchema.describe('Who makes new weights.'),
    serving: servingSchema
      .optional()
      .describe('The inference servers that load what prime-rl or a trainer by files has made.'),
    steps: z.int().positive().optional().describe('The run ends after so many; by default when all groups are drawn.'),
    batch: batchSchema.prefault({ groups: 8 }).describe('How much is trained on in one step.'),
    maxLag: z
      .int()
      .min(0)
      .default(8)
      .describe(
        'Policy versions that a trajectory may lie behind (paper: 8). 0: episodes wait for the step, and a run is the same whatever the timing.',
      ),
    advantage: z
      .enum(['mean', 'grpo', 'rloo'])
      .default('mean')
      .describe('Reward minus the mean of the group; divided by its deviation; minus the mean of the others.'),
    loss: z.enum(['importance_sampling', 'ppo', 'cispo']).default('ppo').describe('How log-probabilities are moved.'),
    ratioMin: z.number().positive().max(1).default(0.8).describe('Lower bound of the ratio to the sampling weights.'),
    ratioMax: z.number().min(1).default(1.28).describe('Upper bound of it.'),
    normaliser: z
      .number()
      .positive()
      .optional()
      .describe('What the loss is divided by; by default the sampled tokens or decisions of the step.'),
    learningRate: z
      .number()
      .positive()
      .optional()
      .describe(
        `Of Adam. By default ${embedded.learningRate} for the embedded policy, ${weights.learningRate} (the paper's) for all weights of a language model, ${adapter.learningRate} for a LoRA adapter.`,
      ),
    warmUpSteps: z.int().min(0).default(0).describe('Over which the learning rate rises; 30 in the paper.'),
    beta1: decay.default(0.9).describe('Decay of the mean gradient.'),
    beta2: decay
      .optional()
      .describe(`Decay of the mean squared gradient. By default ${embedded.beta2} embedded, else ${weights.beta2}.`),
    epsilon: z.number().positive().default(1e-8).describe('Added to the root of it.'),
    weightDecay: z
      .number()
      .min(0)
      .default(0)
      .describe('Of the weights themselves, each step, times the learning rate.'),
    checkpointEvery: z
      .int()
      .positive()
      .default(1)
      .describe('Steps from one checkpoint to the next; what lies between is trained again after a loss.'),
    checkpointsKept: z.int().positive().default(3).describe('The newest ones; older ones are removed.'),
    evaluation: z
      .strictObject({
        bugs: z.string().min(1).describe('A frozen library that no episode of the run plays.'),
        every: z.int().positive().default(1).describe('Steps from one evaluation to the next.'),
      })
      .optional()
      .describe('Has new weights evaluated before the next step begins (docs/evaluation.md#evaluation).'),
    gibberish: z
      .strictObject({
        vocabulary: z.int().positive().describe('Tokens of the model.'),
        aboveTokenId: z.int().min(0).default(100_000).describe('Only tokens of higher ids are looked at.'),
        margin: z.number().min(0).default(2).describe('Nats below the log-probability of a blind guess.'),
      })
      .optional()
      .describe('Leaves trajectories out in which a rare token was far less likely than a blind guess.'),
  })
  .refine(({ batch, maxLag }) => (batch.injectionGroups !== undefined) === (maxLag === 0), {
    path: ['batch'],
    error: 'max_lag: 0 takes batch.injection_groups, and nothing else does',
  });

export type TrainingConfiguration = z.infer<typeof trainingSchema>;
export type { TrainerConfiguration } from './trainer-configuration.ts';
export type { ServingConfiguration } from './serving-configuration.ts';
