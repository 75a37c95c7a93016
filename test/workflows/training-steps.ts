import { setImmediate } from 'node:timers/promises';

import type { EpisodeInput, RecycledBug } from '../../src/activities/run/episode-input.ts';
import type { TrainingSteps } from '../../src/workflows/run-training.ts';
import type { EpisodeResult } from '../../src/workflows/settle-episode.ts';
import { aSubject } from '../support/run-fixture.ts';

export interface Scene {
  readonly window?: number;
  /** Second-order bugs that an episode leaves, by its index in the run. */
  readonly recycled?: Readonly<Record<number, readonly string[]>>;
  /** Episodes that fail for good, by index. */
  readonly failing?: readonly number[];
  readonly throwing?: readonly number[];
  /** Groups whose settlement fails, by their ids. */
  readonly unsettled?: readonly string[];
  /** The run is paused once so many episodes have been started, and nobody resumes it. */
  readonly pauseAfter?: number;
  /** Asks for a new life once so many episodes have been started. */
  readonly continueAfter?: number;
  /** Episodes that the budget pays for. */
  readonly budget?: number;
  readonly verdict?: EpisodeResult['verdict'];
}

export function bug(artifactId: string): RecycledBug {
  return { artifactId, injectorRolloutId: null };
}

/** Steps that play each episode in a few turns of the event loop and write down what happens. */
export function trainingSteps(scene: Scene = {}) {
  const started: EpisodeInput[] = [];
  const told: string[] = [];
  let inFlight = 0;
  let peak = 0;
  const steps: TrainingSteps = {
    drawInjectionGroup: (index) => {
      told.push(`draw ${index}`);
      return Promise.resolve({ groupId: `run/group-${index}`, index, subject: aSubject(), strategy: 'removal' });
    },
    withinBudget: () => Promise.resolve(started.length < (scene.budget ?? Infinity)),
    settleInjectionGroup: (groupId) => {
      if (scene.unsettled?.includes(groupId) === true) return Promise.reject(new Error(`no settling of ${groupId}`));
      return Promise.resolve(void told.push(`settle ${groupId}`));
    },
    playEpisode: async (input) => {
      const index = Number(input.episodeId.split('-').at(-1));
      started.push(input);
      told.push(`start ${index}`);
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      // Later episodes end sooner, so that ends come in another order than starts.
      for (let turn = 0; turn < 20 - index; turn += 1) await Promise.resolve();
      inFlight -= 1;
      told.push(`end ${index}`);
      if (scene.throwing?.includes(index) === true) throw new Error(`cancelled in ${index}`);
      return scene.failing?.includes(index) === true ? undefined : result(scene, input, index);
    },
    waitUntil: async (ready) => {
      const { window = 2, pauseAfter = Infinity } = scene;
      const isPaused = () => started.length >= pauseAfter;
      while (!ready({ window, paused: isPaused() })) await (isPaused() ? setImmediate() : Promise.resolve());
    },
    shouldContinueAsNew: () => started.length >= (scene.continueAfter ?? Infinity),
  };
  return { steps, started, told, peak: () => peak, inFlight: () => inFlight };
}

export function result({ verdict = { consistent: true }, recycled = {} }: Scene, input: EpisodeInput, index: number) {
  const { episodeId } = input;
  const bugs = (recycled[index] ?? []).map(bug);
  return { episodeId, outcome: 'rewarded', verdict, solveRate: 0.5, rewards: [], recycled: bugs } as const;
}
