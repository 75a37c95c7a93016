import { seededInteger } from '../../../src/domain/draw/seeded-draw.ts';
import { episodeId, injectorRolloutId, solverRolloutId } from '../../../src/workflows/workflow-ids.ts';

/** A run as far as it decides the seeds of its rollouts. */
export interface PlannedRun {
  readonly runId: string;
  readonly seed: number;
  /** Episodes of its one injection group. */
  readonly episodes: number;
  readonly attempts: number;
  readonly replays: number;
}

/** Which rollout sends a request with a seed: nothing else in a request to a model tells. */
export function rolloutsBySeed({ runId, seed, episodes, attempts, replays }: PlannedRun): ReadonlyMap<number, string> {
  const rollouts = new Map<number, string>();
  for (let index = 0; index < episodes; index += 1) {
    const id = episodeId(runId, index);
    const ofEpisode = seededInteger(seed, 'episode', 0, index);
    for (let replay = 0; replay <= replays; replay += 1) {
      rollouts.set(seededInteger(ofEpisode, 'injector', 0, replay), injectorRolloutId(id, replay));
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        rollouts.set(seededInteger(ofEpisode, 'solver', attempt, replay), solverRolloutId(id, attempt, replay));
      }
    }
  }
  return rollouts;
}
