import type { Configuration } from '../../config/configuration.ts';
import { InvalidConfigError, InvalidInputError } from '../../domain/failure/errors.ts';
import { groupAdvantages, type AdvantageEstimator } from '../../domain/reward/advantages.ts';
import { budgetProblem, type Budget } from '../../domain/run/budget.ts';
import { drawBug } from '../../domain/library/draw-bug.ts';
import { siblingsOf } from '../../domain/run/run-mode.ts';
import { injectionStrategy } from '../../domain/run/injection-strategy.ts';
import type { InjectionStrategy, RunRow } from '../../domain/record/ledger-rows.ts';
import { seededDraw, weightedChoice } from '../../domain/draw/seeded-draw.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import { readLibrary } from '../library/import-library.ts';
import type { Running } from '../services/progress.ts';
import type { Services } from '../services/services.ts';

/** How the worker reads what a user typed; configuration files and corpora lie on its host. */
export interface TrainingInputs {
  /** A whole configuration, or `{config: name}`; throws `InvalidConfigError`. */
  readonly readTrainingInput: (input: unknown) => Configuration;
  readonly readSubjects: (
    config: Pick<Configuration, 'corpus' | 'subjects'> & Partial<Pick<Configuration, 'mode' | 'bugs'>>,
  ) => readonly Subject[];
  readonly promptsHash: () => string;
  readonly isDirectory: (path: string) => boolean;
}

/**
 * One draw of (subject, strategy), on which sibling episodes are played (docs/specification.md#injection-groups); or of a
 * bug, which one episode plays.
 */
export interface InjectionGroup {
  readonly groupId: string;
  readonly index: number;
  readonly subject: Subject;
  readonly strategy: InjectionStrategy;
  /** The artifact of a library that was drawn. */
  readonly bug?: string;
}

/** What a run draws from. */
export interface DrawInput {
  readonly runId: string;
  readonly index: number;
  readonly config: Configuration;
  /** The frozen library of a run that repairs only. */
  readonly library?: string | undefined;
}

export interface GroupToSettle {
  readonly groupId: string;
  /** By default the mean alone. */
  readonly advantage?: AdvantageEstimator | undefined;
}

export function createTrainingActivities(services: Services, inputs: TrainingInputs, running: Running) {
  const { ledger } = services.store;
  return {
    /** Reads a run's input. The first step of the workflow, so that a typo fails it at once with place and way out. */
    readTrainingInput: ({ input }: { readonly input: unknown }): Promise<Configuration> =>
      running(() => Promise.resolve(input).then((given) => readInput(services, inputs, given))),
    openRun: ({ runId, config, library }: Omit<DrawInput, 'index'>): Promise<void> =>
      running(async () => {
        checkRunId(runId);
        const kept = JSON.stringify({ ...config, promptsHash: inputs.promptsHash(), library });
        await ledger.openRun({ runId, config: kept, seed: config.seed, startedAt: new Date().toISOString() });
      }),
    drawInjectionGroup: (input: DrawInput): Promise<InjectionGroup> =>
      running(async () => {
        const { runId, index, config, library } = input;
        const draw =
          library === undefined ? drawSubject(inputs, input) : await drawFromLibrary(services, library, input);
        const groupId = `${runId}/group-${index}`;
        const { subject, strategy } = draw;
        const size = siblingsOf(config);
        await ledger.openInjectionGroup({ groupId, runId, index, subject: subject.name, strategy, size });
        return { groupId, index, ...draw };
      }),
    /** Why no further episode is to be started; null while the run is within its budget. */
    checkBudget: ({ runId, budget }: { readonly runId: string; readonly budget: Budget }): Promise<string | null> =>
      running(async () => {
        const startedAt = (await ledger.findRun(runId))?.startedAt;
        const hours = startedAt === undefined ? 0 : (Date.now() - Date.parse(startedAt)) / 3_600_000;
        return budgetProblem(budget, { ...(await ledger.sumUsage(runId)), hours }) ?? null;
      }),
    settleInjectionGroup: ({ groupId, advantage }: GroupToSettle): Promise<void> =>
      running(() => settleInjectionGroup(services, { groupId, advantage })),
    closeRun: ({
      runId,
      outcome,
    }: {
      readonly runId: string;
      readonly outcome: NonNullable<RunRow['outcome']>;
    }): Promise<void> => running(() => ledger.closeRun({ runId, outcome, endedAt: new Date().toISOString() })),
  };
}

export type TrainingActivities = ReturnType<typeof createTrainingActivities>;

type Drawn = Pick<InjectionGroup, 'subject' | 'strategy' | 'bug'>;

function drawSubject({ readSubjects }: TrainingInputs, { index, config }: DrawInput): Drawn {
  const options = readSubjects(config).map((value) => ({ value, weight: value.weight }));
  const subject = weightedChoice(seededDraw(config.seed, 'subject', index), options);
  return { subject, strategy: injectionStrategy(seededDraw(config.seed, 'strategy', index), config.strategies) };
}

async function drawFromLibrary({ store }: Services, library: string, { index, config }: DrawInput): Promise<Drawn> {
  const { subject, strategy, artifactId } = drawBug(await readLibrary(store, library), config.seed, index);
  return { subject, strategy, bug: artifactId };
}

/** A server on Postgres keeps ids in columns of 255 characters, and those of episodes and rollouts begin with the run's. */
const LONGEST_RUN_ID = 200;

function checkRunId({ length }: string): void {
  if (length <= LONGEST_RUN_ID) return;
  throw new InvalidInputError(`the id of a run has ${LONGEST_RUN_ID} characters at most, not ${length}`);
}

function readInput(services: Services, inputs: TrainingInputs, input: unknown): Configuration {
  const config = readRunInput(inputs, input);
  refusingConfig(() => {
    checkSubjects(inputs.readSubjects(config), services, inputs);
  });
  return config;
}

/** Reads what a user typed; throws `InvalidInputError` where it is no configuration. */
export function readRunInput({ readTrainingInput }: TrainingInputs, input: unknown): Configuration {
  return refusingConfig(() => readTrainingInput(input));
}

function refusingConfig<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidConfigError) throw new InvalidInputError(error.message);
    throw error;
  }
}

/** A run whose subjects this backend cannot boot would lose every episode; it is told at once. */
function checkSubjects(
  subjects: readonly Subject[],
  { sandboxes: { backend } }: Services,
  { isDirectory }: TrainingInputs,
): void {
  for (const { name, source } of subjects) {
    if (source.kind !== 'directory' || isDirectory(source.directory)) continue;
    throw new InvalidInputError(`subject ${name}: there is no directory ${source.directory} on the worker's host`);
  }
  const image = backend === 'docker' ? undefined : subjects.find(({ source }) => source.kind === 'image');
  if (image === undefined) return;
  throw new InvalidInputError(
    `subject ${image.name} is a container image, and the sandbox backend here is ${backend}, which takes directories: give "directory" in place of "image"`,
  );
}

/**
 * The injectors' advantages: each reward minus the mean of its siblings' (docs/specification.md#training), once all
 * siblings are final. Those of a group that is settled stay; a sibling that is played again later gets its own, from the
 * mean of all.
 */
async function settleInjectionGroup(
  { store: { ledger } }: Services,
  { groupId, advantage: estimator }: GroupToSettle,
): Promise<void> {
  const episodes = await ledger.listInjectionGroup(groupId);
  const rewards = await Promise.all(episodes.map(({ episodeId }) => ledger.listRewards(episodeId)));
  const injectors = rewards.flat().filter(({ role }) => role === 'injector');
  const advantages = groupAdvantages(
    injectors.map(({ reward }) => reward),
    estimator,
  );
  await ledger.settleInjectionGroup({
    groupId,
    settledAt: new Date().toISOString(),
    advantages: injectors.flatMap(({ rolloutId, advantage }, index) =>
      advantage === null ? [{ rolloutId, advantage: advantages[index] ?? 0 }] : [],
    ),
  });
}
