import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { RolloutEnd, RolloutTask } from '../activities/rollout/rollout-setting.ts';
import { faultOfRollout } from '../domain/failure/fault.ts';
import { seededInteger } from '../domain/draw/seeded-draw.ts';
import type { EpisodeSteps } from './episode-steps.ts';

/** A replay draws what the first try drew: what a machine took leaves no trace in what is learned. */
const FIRST_TRY = 0;

/** What a rollout that was lost leaves for a person to read. */
export function problemOfLost({ rolloutId, problem }: RolloutEnd): string {
  return `${rolloutId} was lost: ${problem ?? 'nobody could say why'}`;
}

/**
 * Plays a rollout, and again from its beginning when it was lost, a bounded number of times
 * (docs/specification.md#lost).
 */
export async function playUntilFinal(
  input: EpisodeInput,
  steps: EpisodeSteps,
  task: RolloutTask,
  attempt: number,
  rolloutId: (replay: number) => string,
): Promise<RolloutEnd> {
  const { runId, episodeId, subject, config } = input;
  for (let replay = 0; ; replay += 1) {
    const end = await steps.playRollout({
      rolloutId: rolloutId(replay),
      owner: { runId, episodeId },
      subject,
      task,
      attempt,
      seed: seededInteger(input.seed, task.role, attempt, FIRST_TRY),
      policy: config.policy,
      weights: input.weights ?? (config.training === undefined ? 'starting' : 'published'),
      rollout: config.rollout,
      sandbox: config.sandbox,
    });
    if (faultOfRollout(end.outcome) !== 'infrastructure' || replay >= config.rollout.replays) return end;
  }
}
