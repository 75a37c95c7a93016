import { z } from 'zod';

import { LENIENCIES } from '../domain/diff/patch-leniency.ts';
import { MOST_EPISODES_IN_FLIGHT } from '../domain/run/most-in-flight.ts';

import { OUTPUT_TOKENS } from './output-tokens.ts';
import { trainingProblem } from './training-combinations.ts';
import { trainingSchema } from './training-configuration.ts';
import { variableName } from './variable-name.ts';

const seconds = (fallback: number) => z.number().positive().default(fallback);
const share = z.number().min(0).default(0);

const sourceSchema = {
  image: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A container image with a source tree and its dependencies (docs/sandboxes.md); bubblewrap runs directories only.',
    ),
  directory: z.string().min(1).optional().describe('A directory or git checkout on this host, in place of an image.'),
  environment: z.string().min(1).optional().describe('A read-only directory whose bin comes first on PATH.'),
};

/** One line of a corpus, or one entry of `subjects`. */
export const subjectSchema = z
  .strictObject({
    name: z.string().min(1).max(100).optional().describe('By default the last part of the image or directory.'),
    ...sourceSchema,
    repoRoot: z
      .string()
      .startsWith('/')
      .optional()
      .describe('Where the source tree lies inside an image; a directory is the tree itself.'),
    agentUser: z
      .string()
      .min(1)
      .optional()
      .describe('Who the agent works as in an image; by default the owner of the tree.'),
    weight: z.number().positive().default(1).describe('How often it is drawn, relative to the others.'),
  })
  .refine((subject) => (subject.image === undefined) !== (subject.directory === undefined), {
    error: 'a subject has either an image or a directory',
  });

/** How a model server is asked, whatever it speaks. */
const serverFields = {
  model: z.string().min(1).describe('As the server names it.'),
  apiKeyEnv: variableName
    .optional()
    .describe("The name of the variable of the worker's environment that holds the key; never the key itself."),
  timeoutSeconds: seconds(600).describe('One reply; 131k tokens of context take minutes on a busy server.'),
  retries: z.int().min(0).max(20).default(5).describe('Before the rollout waits for the endpoint outside the call.'),
  maxConcurrency: z.int().positive().default(64).describe('Requests at once; answers with status 429 narrow it.'),
  price: z
    .strictObject({
      promptUsdPerMillion: z.number().min(0).describe('For a million tokens of prompt.'),
      completionUsdPerMillion: z.number().min(0).describe('For a million sampled tokens.'),
    })
    .optional()
    .describe("What the model costs; by default the server's own figure, where it gives one."),
};

/** How prompts are written in tokens. */
const tokenFields = {
  tokenizer: z
    .string()
    .min(1)
    .describe(
      "The model's directory on the worker's host: tokenizer.json, tokenizer_config.json, chat_template.jinja.",
    ),
  chatTemplate: z
    .string()
    .min(1)
    .optional()
    .describe("A chat template (Jinja) in place of the model's own; one that only adds to a conversation."),
  templateArguments: z
    .record(z.string(), z.union([z.boolean(), z.number(), z.string()]))
    .optional()
    .describe('What the template is given beside the messages, such as `enable_thinking`.'),
};

const policySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('embedded').describe('The policy that needs no model server.'),
  }),
  z.strictObject({
    kind: z.literal('openai').describe('An OpenAI-compatible chat server: vLLM, SGLang, a hosted model.'),
    baseUrl: z.url().describe('Up to and including /v1.'),
    ...serverFields,
    requestTokenIds: z.boolean().default(false).describe('Ask for token ids and log-probabilities (vLLM, SGLang).'),
  }),
  z.strictObject({
    kind: z.literal('vllm').describe('vLLM, asked in tokens: a rollout is one sequence of exact tokens.'),
    baseUrl: z.url().describe('Up to and including /v1.'),
    ...serverFields,
    ...tokenFields,
  }),
  z.strictObject({
    kind: z.literal('sglang').describe('SGLang, asked in tokens by its own /generate.'),
    baseUrl: z.url().describe('Without a path.'),
    ...serverFields,
    ...tokenFields,
  }),
  z.strictObject({
    kind: z
      .literal('tinker')
      .describe('A Tinker server (SkyRL, miles, hosted), asked in tokens: it samples from what its trainer publishes.'),
    baseUrl: z.url().describe('Without /api/v1.'),
    server: z.enum(['skyrl', 'miles', 'hosted']).default('skyrl').describe('Which program answers.'),
    ...serverFields,
    apiKeyHeader: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .default('x-api-key')
      .describe('In which the key is sent; `Authorization` takes it as `Bearer`.'),
    ...tokenFields,
  }),
]);

const strategiesSchema = z
  .strictObject({
    removal: share.describe('Remove code.'),
    history: share.describe('Revert past changes.'),
    direct: share.describe('No guidance; for ablation.'),
  })
  .refine((mix) => mix.removal + mix.history + mix.direct > 0, {
    error: 'at least one strategy needs a share above 0',
  });

const validationSchema = z.strictObject({
  profile: z
    .enum(['strict', 'paper'])
    .default('strict')
    .describe('`paper`: the checks as the paper has them, one run of each state.'),
  minPassingTests: z.int().min(0).default(5).describe('More than this many pass on the original.'),
  minChangedFiles: z.int().positive().default(1).describe('The bug changes at least this many files.'),
  minFailingTests: z.int().positive().default(1).describe('At least this many tests fail with the bug.'),
  maxBugFiles: z
    .int()
    .positive()
    .default(50)
    .describe('The bug changes at most this many files; each is put back alone and the tests run.'),
  maxTestSeconds: seconds(3600).describe(
    'All test runs of one validation together; what may exceed it is refused before it is run (bug-scope).',
  ),
  maxNearDuplicates: z
    .int()
    .positive()
    .default(4)
    .describe('Accepted bugs of one image and run that may be like a new one (near-duplicate; strict only).'),
});

const rolloutSchema = z.strictObject({
  turns: z.int().positive().default(128).describe('Model replies of one rollout.'),
  contextTokens: z.int().positive().default(131_072).describe('Prompt and replies of one rollout together.'),
  replyTokens: z.int().positive().default(16_384).describe('The longest reply.'),
  outputTokens: z
    .int()
    .positive()
    .optional()
    .describe(
      `Of one tool result; the middle of a longer one is cut out. By default ${OUTPUT_TOKENS.server}, and ${OUTPUT_TOKENS.embedded} for the embedded policy, which reads whole files.`,
    ),
  commandSeconds: seconds(120).describe('One command; then everything it started is killed.'),
  sandboxSeconds: seconds(2400).describe('Command time of one rollout.'),
  sliceSeconds: seconds(10).describe('Turns are played in one activity until this long has passed.'),
  snapshotSeconds: seconds(10).describe('Unsaved command time after which a snapshot is taken whatever it costs.'),
  incarnations: z.int().positive().default(3).describe('Sandboxes that a rollout may use up before it is lost.'),
  replays: z.int().min(0).default(2).describe('Times that a lost rollout is played again from its beginning.'),
  temperature: z.number().min(0).default(1).describe('Anything but 1 makes log-probabilities disagree with a trainer.'),
  topP: z.number().positive().max(1).default(1).describe('As for temperature.'),
});

const sandboxSchema = z.strictObject({
  memoryMib: z.int().positive().default(4096).describe('For each process (bubblewrap).'),
  processes: z.int().positive().default(512).describe('Processes and threads of the sandbox at once.'),
  fileMib: z.int().positive().default(2048).describe('The largest file that a process may write.'),
  cores: z.int().positive().default(1).describe('What test runners are told to use.'),
  leaseSeconds: seconds(120).describe('How long a sandbox waits for a worker that is gone.'),
});

/** Each leaves some 20 events in the history of its episode, which never continues as new; from 10 240 on the server warns. */
const MOST_ATTEMPTS = 500;

const fields = z.strictObject({
  description: z.string().optional().describe('For people.'),
  seed: z.int().min(0).default(1).describe('Every draw of the run comes from it.'),
  mode: z
    .enum(['self-play', 'repair-only', 'injection-only'])
    .default('self-play')
    .describe(
      'Both roles make and repair bugs; or solvers alone, on the bugs of a library; or only injectors learn (docs/evaluation.md).',
    ),
  bugs: z
    .string()
    .min(1)
    .optional()
    .describe('A frozen library (docs/evaluation.md); `repair-only` plays it in place of corpus or subjects.'),
  corpus: z.string().min(1).optional().describe('A JSON Lines file of subjects, one a line.'),
  subjects: z.array(subjectSchema).min(1).optional().describe('Subjects given right here, in place of a corpus.'),
  policy: policySchema.describe('The one model behind both roles.'),
  injectionGroups: z.int().positive().describe('The run ends after this many; of `repair-only` bugs.'),
  injectionGroupSize: z
    .int()
    .positive()
    .default(4)
    .describe('Sibling episodes on one draw of subject and strategy: the baseline of their injectors.'),
  strategies: strategiesSchema
    .default({ removal: 0.5, history: 0.5, direct: 0 })
    .describe('How often each injection strategy is drawn, relative to the others.'),
  attempts: z.int().positive().max(MOST_ATTEMPTS).default(8).describe('G in the paper: solve attempts on one bug.'),
  minValidAttempts: z.int().positive().optional().describe('By default half of the attempts, rounded up.'),
  episodeWindow: z.int().positive().max(MOST_EPISODES_IN_FLIGHT).default(2).describe('Episodes in flight at once.'),
  rewards: z
    .strictObject({
      alpha: z
        .number()
        .min(0)
        .max(1)
        .default(0.8)
        .describe('α in the paper: what a bug costs that nobody or everybody solves.'),
      variant: z.enum(['solve-rate', 'consistency-only']).default('solve-rate').describe('How the injector is paid.'),
    })
    .prefault({})
    .describe('How injectors are paid; a solver earns 1 or -1.'),
  higherOrder: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Play failed attempts as bugs of second order.'),
      maxPerBug: z.int().min(0).default(1).describe('Second-order bugs that one bug may yield.'),
      rewardInjector: z.boolean().default(false).describe('Pay the injector of the parent too.'),
    })
    .prefault({})
    .describe('Bugs made of a bug and a failed repair.'),
  validation: validationSchema.prefault({}).describe('Consistency validation.'),
  grading: z
    .strictObject({
      lenient: z
        .enum(LENIENCIES)
        .default('none')
        .describe('How far a repair that does not apply strictly is helped; each way with the ones before it.'),
      equalRepairs: z
        .enum(['each', 'once'])
        .default('each')
        .describe('`once`: repairs of one bug that are equal byte for byte have one grade (docs/grading.md).'),
    })
    .prefault({})
    .describe('How submitted repairs are applied and graded (docs/grading.md).'),
  rollout: rolloutSchema.prefault({}).describe("Limits and sampling of one role's work."),
  sandbox: sandboxSchema.prefault({}).describe('Limits of each sandbox.'),
  budget: z
    .strictObject({
      tokens: z.int().positive().optional().describe('Prompt and completion tokens of all model calls.'),
      costUsd: z.number().positive().optional().describe('As recorded with each model call.'),
      hours: z.number().positive().optional().describe('Since the run started.'),
    })
    .prefault({})
    .describe('A run that has used one up starts no further episodes; those in flight end normally.'),
  training: trainingSchema.optional().describe('How rewards become new weights; without it they are recorded alone.'),
});

/** What an episode keeps of it: it has drawn its own subject. */
export const episodeConfigurationSchema = fields.omit({ subjects: true, corpus: true });

/**
 * A run's configuration (docs/configuration.md is made from it). Keys may be written in snake_case or camelCase.
 * Defaults are the paper's and the authors' published scaffold's, where these give one (docs/specification.md#agent,
 * docs/specification.md#validation, docs/specification.md#lost).
 */
export const configurationSchema = fields
  .refine(({ mode, bugs }) => mode !== 'repair-only' || bugs !== undefined, {
    path: ['bugs'],
    error: 'mode: repair-only plays the bugs of a library; `selfplay freeze` writes one',
  })
  .refine(
    ({ mode, corpus, subjects }) => mode === 'repair-only' || (corpus === undefined) !== (subjects === undefined),
    {
      error: 'give either corpus or subjects',
    },
  )
  .refine((config) => config.minValidAttempts === undefined || config.minValidAttempts <= config.attempts, {
    path: ['minValidAttempts'],
    error: 'cannot be more than attempts',
  })
  .superRefine((config, context) => {
    const problem = trainingProblem(config);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message });
  });

export type Configuration = z.infer<typeof configurationSchema>;
export type PolicyConfiguration = z.infer<typeof policySchema>;
