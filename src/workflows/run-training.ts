import type { EpisodeInput, RecycledBug } from '../activities/run/episode-input.ts';
import type { InjectionGroup } from '../activities/run/training-activities.ts';
import type { Configuration } from '../config/configuration.ts';
import { seededInteger } from '../domain/draw/seeded-draw.ts';
import type { EpisodeResult } from './settle-episode.ts';
import { episodeId } from './workflow-ids.ts';

/** What a run carries from one life of its workflow to the next. JSON. */
export interface TrainingState {
  readonly runId: string;
  /** Injection groups drawn so far. */
  drawn: number;
  settled: number;
  started: number;
  finished: number;
  consistent: number;
  secondOrder: number;
  lost: number;
  /** The group whose siblings are being started, with how many have been. */
  current: { readonly group: InjectionGroup; siblings: number } | null;
  /** Siblings of each open group that are not final yet; a group that is settled is taken out. */
  readonly open: Record<string, number>;
  /** Second-order bugs that wait to be played. */
  readonly waiting: QueuedBug[];
}

export type QueuedBug = Pick<EpisodeInput, 'subject' | 'strategy' | 'seed'> & { readonly parent: RecycledBug };

/** What people change about a run while it goes on. */
export interface Steered {
  readonly paused: boolean;
  /** Episodes in flight at most. */
  readonly window: number;
}

export interface TrainingSteps {
  readonly drawInjectionGroup: (index: number) => Promise<InjectionGroup>;
  /** Whether the run is still within its budget; one that is not starts no further episode. */
  readonly withinBudget: () => Promise<boolean>;
  readonly settleInjectionGroup: (groupId: string) => Promise<void>;
  /** Plays an episode; an episode that failed for good comes back as undefined. */
  readonly playEpisode: (input: EpisodeInput) => Promise<EpisodeResult | undefined>;
  /** Resolves once the run, as messages have steered it, is as it is asked for. */
  readonly waitUntil: (ready: (run: Steered) => boolean) => Promise<void>;
  /** Whether this life of the workflow should end soon: episodes in flight are waited for, then it continues as new. */
  readonly shouldContinueAsNew: () => boolean;
}

export function newTraining(runId: string): TrainingState {
  const counts = { drawn: 0, settled: 0, started: 0, finished: 0, consistent: 0, secondOrder: 0, lost: 0 };
  return { runId, ...counts, current: null, open: {}, waiting: [] };
}

/**
 * The outer loop: injection groups drawn from the seed, a window of episodes in flight, recycled bugs played as
 * episodes of their own (docs/specification.md#injection-groups, docs/specification.md#higher-order-bugs). Ends when
 * all groups are drawn and nothing waits.
 */
export async function runTraining(
  config: Configuration,
  state: TrainingState,
  steps: TrainingSteps,
): Promise<'completed' | 'continue-as-new'> {
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const start = (input: EpisodeInput) => {
    const playing: Promise<void> = play(config, state, steps, input)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => inFlight.delete(playing));
    inFlight.add(playing);
  };
  try {
    // What fails while the run waits ends it, paused or not.
    for (;;) {
      await steps.waitUntil(({ paused, window }) => failures.length > 0 || (!paused && inFlight.size < window));
      if (failures.length > 0 || steps.shouldContinueAsNew()) break;
      // While the budget is asked for, an episode may end and leave a recycled bug to play, or fail.
      const isAlone = inFlight.size === 0;
      const next = (await steps.withinBudget()) ? await nextEpisode(config, state, steps) : undefined;
      if (next !== undefined) start(next);
      else if (isAlone) return await complete(state, steps);
      else if (inFlight.size > 0) await Promise.race(inFlight);
    }
  } finally {
    await Promise.all(inFlight);
  }
  if (failures.length > 0) throw failures[0];
  return 'continue-as-new';
}

/** Recycled bugs first, for their attempts are fresh; then the open group's siblings; then a new draw. */
async function nextEpisode(
  config: Configuration,
  state: TrainingState,
  steps: TrainingSteps,
): Promise<EpisodeInput | undefined> {
  const recycled = state.waiting.shift();
  if (recycled !== undefined) return episode(config, state, { ...recycled, groupId: null });
  if (state.current === null) {
    if (state.drawn >= config.injectionGroups) return undefined;
    const group = await steps.drawInjectionGroup(state.drawn);
    state.drawn += 1;
    state.open[group.groupId] = config.injectionGroupSize;
    state.current = { group, siblings: 0 };
  }
  const { group, siblings } = state.current;
  state.current = siblings + 1 >= config.injectionGroupSize ? null : { group, siblings: siblings + 1 };
  const seed = seededInteger(config.seed, 'episode', group.index, siblings);
  return episode(config, state, { ...group, seed, parent: null });
}

/** Its seed comes from what it is, not from when it begins, so that load changes no draw. */
function episode(
  config: Configuration,
  state: TrainingState,
  { subject, strategy, seed, groupId, parent }: Omit<EpisodeInput, 'runId' | 'episodeId' | 'config'>,
): EpisodeInput {
  const index = state.started;
  state.started += 1;
  const { subjects: _subjects, corpus: _corpus, ...episodeConfig } = config;
  return {
    runId: state.runId,
    episodeId: episodeId(state.runId, index),
    subject,
    strategy,
    seed,
    groupId,
    parent,
    config: episodeConfig,
  };
}

async function play(
  config: Configuration,
  state: TrainingState,
  steps: TrainingSteps,
  input: EpisodeInput,
): Promise<void> {
  const result = await steps.playEpisode(input);
  state.finished += 1;
  if (result?.outcome !== 'rewarded') state.lost += 1;
  if (input.parent !== null) state.secondOrder += 1;
  else if (result?.verdict?.consistent === true) state.consistent += 1;
  const { subject, strategy } = input;
  const recycled = result?.recycled ?? [];
  state.waiting.push(
    ...recycled.map((parent, index) => {
      const seed = seededInteger(input.seed, 'recycled', index);
      return { subject, strategy, parent, seed };
    }),
  );
  if (input.groupId !== null) await closeSibling(state, steps, input.groupId);
}

/** The injectors' advantages of a group are settled when its last sibling is final. */
async function closeSibling(state: TrainingState, steps: TrainingSteps, groupId: string): Promise<void> {
  const left = (state.open[groupId] ?? 1) - 1;
  state.open[groupId] = left;
  if (left <= 0) await settleGroup(state, steps, groupId);
}

/** A run that its budget ends in the middle of a group settles it with the siblings that were played. */
async function complete(state: TrainingState, steps: TrainingSteps): Promise<'completed'> {
  for (const groupId of Object.keys(state.open)) await settleGroup(state, steps, groupId);
  return 'completed';
}

/** A group is open until its advantages are written. */
async function settleGroup(state: TrainingState, steps: TrainingSteps, groupId: string): Promise<void> {
  await steps.settleInjectionGroup(groupId);
  Reflect.deleteProperty(state.open, groupId);
  state.settled += 1;
}
