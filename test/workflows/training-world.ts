import { setImmediate } from 'node:timers/promises';

import type { EpisodeInput } from '../../src/activities/run/episode-input.ts';
import type { SweptEpisodes } from '../../src/activities/run/sweep-episodes.ts';
import { NOTHING_LEFT, type EpisodeEnd, type RecycledBug } from '../../src/domain/run/episode-end.ts';
import { countEpisode } from '../../src/workflows/count-episode.ts';
import type { Learning } from '../../src/workflows/learning.ts';
import { runTraining, type Steered, type TrainingSteps } from '../../src/workflows/run-training.ts';
import { newTraining, type TrainingState } from '../../src/workflows/training-state.ts';
import { artifactId, attemptId } from '../../src/workflows/workflow-ids.ts';
import { aConfiguration, aSubject, type Said } from '../support/run-fixture.ts';

export interface Scene {
  readonly window?: number;
  /** Attempts of an episode that are recycled, by its index in the run. */
  readonly recycled?: Readonly<Record<number, readonly number[]>>;
  /** Episodes that come to nothing, by index. */
  readonly lost?: readonly number[];
  /** Episodes that end at what every episode would meet. */
  readonly misconfigured?: readonly number[];
  /** Episodes that go on until they are cancelled. */
  readonly hanging?: readonly number[];
  /** Episodes whose end nobody tells. */
  readonly silent?: readonly number[];
  /** Episodes that the server does not start, though it was asked to; the next time it does. */
  readonly unstarted?: readonly number[];
  /** Groups whose settlement fails, by their ids. */
  readonly unsettled?: readonly string[];
  /** Asks for a new life once so many episodes have been started in this one. */
  readonly continueAfter?: number;
  /** Episodes that the budget pays for. */
  readonly budget?: number;
  readonly consistent?: boolean;
  /** Bugs of a library that are drawn, by index. */
  readonly bugs?: readonly string[];
}

export function bug(episode: string, attempt: number): RecycledBug {
  return { artifactId: artifactId(attemptId(episode, attempt)), injectorRolloutId: null };
}

/**
 * What a run has around it: episodes that end after a few turns of the event loop, in whichever life of the run, and what
 * happens written down.
 */
export function createTrainingWorld(scene: Scene = {}) {
  const started: EpisodeInput[] = [];
  const happened: string[] = [];
  const steered: { -readonly [Key in keyof Steered]: Steered[Key] } = {
    window: scene.window ?? 2,
    paused: false,
    drained: false,
  };
  const playing = new Map<string, { end: (end: EpisodeEnd) => void }>();
  const over = new Map<string, EpisodeEnd>();
  const unstarted = new Set(scene.unstarted);
  let state = newTraining('run');
  let startedInLife = 0;
  let told = 0;
  let sweepDue = false;
  let peak = 0;
  /** Changes the run's state, or how it is steered, and lets it look. */
  const tell = (change: () => void) => {
    change();
    told += 1;
  };
  const finish = (input: EpisodeInput, end: EpisodeEnd) => {
    if (!playing.delete(input.episodeId)) return;
    const index = indexOf(input);
    happened.push(`end ${nameOf(input)}`);
    over.set(input.episodeId, end);
    if (scene.silent?.includes(index) === true) return;
    tell(() => {
      countEpisode(state, end);
    });
  };
  const play = async (input: EpisodeInput) => {
    const index = indexOf(input);
    playing.set(input.episodeId, {
      end: (end) => {
        finish(input, end);
      },
    });
    peak = Math.max(peak, playing.size);
    if (scene.hanging?.includes(index) === true) return;
    // Later episodes end sooner, so that ends come in another order than starts.
    for (let turn = 0; turn < 20 - index; turn += 1) await setImmediate();
    finish(input, endOf(scene, input));
  };
  const steps: TrainingSteps = {
    drawInjectionGroup: (index) => {
      happened.push(`draw ${index}`);
      const bug = scene.bugs?.[index];
      return Promise.resolve({
        ...{ groupId: `run/group-${index}`, index, subject: aSubject(), strategy: 'removal' },
        ...(bug === undefined ? {} : { bug }),
      });
    },
    withinBudget: () => Promise.resolve(started.length < (scene.budget ?? Infinity)),
    settleInjectionGroup: (groupId) => {
      if (scene.unsettled?.includes(groupId) === true) return Promise.reject(new Error(`no settling of ${groupId}`));
      return Promise.resolve(void happened.push(`settle ${groupId}`));
    },
    startEpisode: (input) => {
      started.push(input);
      startedInLife += 1;
      happened.push(`start ${nameOf(input)}`);
      if (!unstarted.delete(indexOf(input))) void play(input);
      return Promise.resolve();
    },
    cancelEpisode: (episodeId) => {
      happened.push(`cancel ${nameOf({ episodeId })}`);
      const one = playing.get(episodeId);
      if (one === undefined) tell(() => (sweepDue = true));
      one?.end({ ...NOTHING_LEFT, episodeId, outcome: 'cancelled' });
      return Promise.resolve();
    },
    isSweepDue: () => sweepDue,
    sweepEpisodes: (episodeIds): Promise<SweptEpisodes> => {
      sweepDue = false;
      happened.push(`sweep ${episodeIds.length}`);
      return Promise.resolve({
        ended: episodeIds.flatMap((id) => over.get(id) ?? []),
        absent: episodeIds.filter((id) => !over.has(id) && !playing.has(id)),
      });
    },
    steered: () => steered,
    told: () => told,
    toldMoreThan: async (before) => {
      while (told <= before) await setImmediate();
    },
    shouldContinueAsNew: () => startedInLife >= (scene.continueAfter ?? Infinity),
  };
  return {
    steps,
    started,
    happened,
    steered,
    tell,
    sweepSoon: () => {
      tell(() => (sweepDue = true));
    },
    /** Resolves when so many episodes have been started. */
    untilStarted: async (count: number) => {
      while (started.length < count) await setImmediate();
    },
    /** The state that ends are counted in from now on: a new life's. */
    live: (next: TrainingState) => {
      state = next;
      startedInLife = 0;
      return steps;
    },
    peak: () => peak,
    playing: () => [...playing.keys()],
  };
}

function nameOf({ episodeId }: Pick<EpisodeInput, 'episodeId'>): string {
  return episodeId.replace('run/episode-', '');
}

/** What is named after another episode has none: no scene speaks of it. */
function indexOf(input: Pick<EpisodeInput, 'episodeId'>): number {
  return Number(/^\d+$/.exec(nameOf(input))?.[0]);
}

function endOf(scene: Scene, input: EpisodeInput): EpisodeEnd {
  const { episodeId } = input;
  const index = indexOf(input);
  const misconfiguration = scene.misconfigured?.includes(index) === true ? `misconfigured in ${index}` : null;
  if (misconfiguration !== null || scene.lost?.includes(index) === true) {
    return { ...NOTHING_LEFT, episodeId, outcome: 'lost', misconfiguration };
  }
  const recycled = (scene.recycled?.[index] ?? []).map((attempt) => bug(episodeId, attempt));
  return { ...NOTHING_LEFT, episodeId, outcome: 'rewarded', consistent: scene.consistent ?? true, recycled };
}

/** A run that has begun, and what is around it. */
export function begin(scene: Scene, config: Said, learns?: (world: TrainingWorld, state: TrainingState) => Learning) {
  const world = createTrainingWorld(scene);
  const state = newTraining('run');
  const learning = learns?.(world, state);
  return { ...world, state, end: runTraining(aConfiguration(config), state, world.live(state), learning) };
}

export type TrainingWorld = ReturnType<typeof createTrainingWorld>;

export async function run(scene: Scene, config: Said) {
  const begun = begin(scene, config);
  return { ...begun, end: await begun.end };
}

/** What was settled, in order of names. */
export const settlements = (happened: readonly string[]) => happened.filter((step) => step.startsWith('settle')).sort();
