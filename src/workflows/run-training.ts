import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { SweptEpisodes } from '../activities/run/sweep-episodes.ts';
import type { InjectionGroup } from '../activities/run/training-activities.ts';
import type { Configuration } from '../config/configuration.ts';
import { seededInteger } from '../domain/draw/seeded-draw.ts';
import { NOTHING_LEFT } from '../domain/run/episode-end.ts';
import { siblingsOf } from '../domain/run/run-mode.ts';
import { countEpisode } from './count-episode.ts';
import { NO_LEARNING, type Learning } from './learning.ts';
import { idsInFlight, type Draw, type TrainingState } from './training-state.ts';
import { episodeId } from './workflow-ids.ts';

/** What people change about a run while it goes on. */
export interface Steered {
  readonly paused: boolean;
  /** Nothing more is to be started: the run ends when what is in flight is over. */
  readonly drained: boolean;
  /** Episodes in flight at most. */
  readonly window: number;
}

export interface TrainingSteps {
  readonly drawInjectionGroup: (index: number) => Promise<InjectionGroup>;
  /** Whether the run is still within its budget; one that is not starts no further episode. */
  readonly withinBudget: () => Promise<boolean>;
  readonly settleInjectionGroup: (groupId: string) => Promise<void>;
  /** Starts an episode, which goes on by itself; its end is counted in the run's state when it is heard of. */
  readonly startEpisode: (input: EpisodeInput) => Promise<void>;
  /** Asks an episode to end. */
  readonly cancelEpisode: (episodeId: string) => Promise<void>;
  readonly isSweepDue: () => boolean;
  /** What is over or absent of these, whether or not it has told. */
  readonly sweepEpisodes: (episodeIds: readonly string[]) => Promise<SweptEpisodes>;
  readonly steered: () => Steered;
  /** Grows with whatever the run is told: ends, messages, that a sweep is due. */
  readonly told: () => number;
  /** Resolves once the run has been told more than that. */
  readonly toldMoreThan: (told: number) => Promise<void>;
  /** Whether this life of the workflow should end soon; what is in flight goes on in the next one. */
  readonly shouldContinueAsNew: () => boolean;
}

/**
 * The outer loop: injection groups drawn from the seed, a window of episodes in flight, recycled bugs played as
 * episodes of their own (docs/specification.md#injection-groups, docs/specification.md#higher-order-bugs). Ends when
 * all groups are drawn and nothing waits, or when it can start nothing more.
 *
 * Every wait is for something to be told, and everything is looked at anew after it, so that what is told meanwhile is
 * never missed.
 */
export async function runTraining(
  config: Configuration,
  state: TrainingState,
  steps: TrainingSteps,
  learning: Learning = NO_LEARNING,
): Promise<'completed' | 'continue-as-new' | 'misconfigured'> {
  for (;;) {
    const told = steps.told();
    learning.check();
    if (state.misconfiguration !== null) return 'misconfigured';
    await settleFinalGroups(state, steps);
    await learning.weigh();
    if (steps.shouldContinueAsNew() && !learning.isBusy()) return 'continue-as-new';
    if (steps.isSweepDue()) await sweep(config, state, steps);
    const stand = await startNext(config, state, steps, learning);
    if (stand === 'started') continue;
    if (stand === 'over' && !(await complete(state, steps))) continue;
    // What a run that ends in the middle of a group has settled is learned from, too.
    await learning.weigh();
    learning.begin(stand !== 'waits');
    if (stand === 'over' && !learning.isBusy()) return 'completed';
    await steps.toldMoreThan(told);
  }
}

/**
 * Starts an episode where there is room and a draw for one; `over` where nothing is left to be started, and `step` where
 * the next one waits for a step of training alone.
 */
async function startNext(
  config: Configuration,
  state: TrainingState,
  steps: TrainingSteps,
  learning: Learning,
): Promise<'started' | 'waits' | 'step' | 'over'> {
  const { paused, drained, window } = steps.steered();
  const inFlight = idsInFlight(state).length;
  if (drained) return inFlight === 0 ? 'over' : 'waits';
  if (paused || inFlight >= window) return 'waits';
  if (waitsForStep(config, state, learning)) return inFlight === 0 ? 'step' : 'waits';
  const draw = (await steps.withinBudget()) ? await nextDraw(config, state, steps, learning) : undefined;
  if (draw === undefined) return inFlight === 0 ? 'over' : 'waits';
  const id = draw.episodeId ?? episodeId(state.runId, state.started);
  state.started += 1;
  await start(config, state, steps, { episodeId: id, draw });
  return 'started';
}

/** What could be drawn may not be drawn yet. */
function waitsForStep({ injectionGroups }: Configuration, state: TrainingState, learning: Learning): boolean {
  if (state.waiting.length > 0 || state.current !== null || learning.isOver()) return false;
  return state.drawn < injectionGroups && !learning.mayDraw(state.drawn);
}

/** Recycled bugs first, for their attempts are fresh; then the open group's siblings; then a new draw. */
async function nextDraw(
  config: Configuration,
  state: TrainingState,
  steps: TrainingSteps,
  learning: Learning,
): Promise<Draw | undefined> {
  if (learning.isOver()) return undefined;
  const first = state.waiting.shift();
  if (first !== undefined) return first;
  if (state.current === null) {
    if (state.drawn >= config.injectionGroups) return undefined;
    const group = await steps.drawInjectionGroup(state.drawn);
    state.drawn += 1;
    state.open[group.groupId] = siblingsOf(config);
    state.current = { group, siblings: 0 };
  }
  const { group, siblings } = state.current;
  state.current = siblings + 1 >= siblingsOf(config) ? null : { group, siblings: siblings + 1 };
  const { subject, strategy, groupId, bug } = group;
  // Its seed and its id come from what it is, not from when it begins, so that neither load nor a reset changes a draw.
  const seed = seededInteger(config.seed, 'episode', group.index, siblings);
  const draw = { subject, strategy, groupId, parent: null, seed, ...(bug === undefined ? {} : { bug }) };
  if (state.areNamedAfterDraws !== true) return draw;
  return { ...draw, episodeId: episodeId(state.runId, group.index * siblingsOf(config) + siblings) };
}

async function start(
  config: Configuration,
  state: TrainingState,
  steps: TrainingSteps,
  { episodeId: id, draw }: { readonly episodeId: string; readonly draw: Draw },
): Promise<void> {
  const { subjects: _subjects, corpus: _corpus, ...episodeConfig } = config;
  // Its end may be told as soon as it is started.
  state.inFlight[id] = { draw };
  try {
    await steps.startEpisode({ runId: state.runId, ...draw, episodeId: id, config: episodeConfig });
  } catch (error) {
    Reflect.deleteProperty(state.inFlight, id);
    throw error;
  }
}

/** Counts what is over and has not told, and starts what was never started. */
async function sweep(config: Configuration, state: TrainingState, steps: TrainingSteps): Promise<void> {
  const { ended, absent } = await steps.sweepEpisodes(idsInFlight(state));
  for (const end of ended) countEpisode(state, end);
  for (const id of absent) {
    const flight = state.inFlight[id];
    if (flight === undefined) continue;
    if (flight.asked === undefined) await start(config, state, steps, { episodeId: id, draw: flight.draw });
    else countEpisode(state, { ...NOTHING_LEFT, episodeId: id, outcome: 'cancelled' });
  }
}

/** Ends what is in flight, and waits until it is over: a run that ends leaves nothing behind. */
export async function endEpisodes(state: TrainingState, steps: TrainingSteps): Promise<void> {
  await Promise.all(idsInFlight(state).map((id) => steps.cancelEpisode(id)));
  for (;;) {
    const told = steps.told();
    if (steps.isSweepDue()) {
      const { ended, absent } = await steps.sweepEpisodes(idsInFlight(state));
      for (const end of ended) countEpisode(state, end);
      for (const id of absent) countEpisode(state, { ...NOTHING_LEFT, episodeId: id, outcome: 'cancelled' });
    }
    if (idsInFlight(state).length === 0) return;
    await steps.toldMoreThan(told);
  }
}

async function settleFinalGroups(state: TrainingState, steps: TrainingSteps): Promise<void> {
  for (const [groupId, left] of Object.entries(state.open)) if (left <= 0) await settleGroup(state, steps, groupId);
}

/**
 * A run that ends in the middle of a group settles it with the siblings that were played. False where somebody has meanwhile
 * asked for an episode to be played again.
 */
async function complete(state: TrainingState, steps: TrainingSteps): Promise<boolean> {
  const told = steps.told();
  for (const groupId of Object.keys(state.open)) await settleGroup(state, steps, groupId);
  return steps.told() === told;
}

/** A group is open until its advantages are written, and stays so when a sibling is to be played again meanwhile. */
async function settleGroup(state: TrainingState, steps: TrainingSteps, groupId: string): Promise<void> {
  const left = state.open[groupId];
  await steps.settleInjectionGroup(groupId);
  if (state.open[groupId] !== left) return;
  Reflect.deleteProperty(state.open, groupId);
  state.settled += 1;
  state.learning?.settled.push({ groupId, role: 'injector' });
}
