/** Every id of the project: made here, from what it names, so that a repeated start finds the same workflow. */

export function episodeId(runId: string, index: number): string {
  return `${runId}/episode-${index}`;
}

/** Of the evaluation of the weights that a step of a run has left. */
export function evaluationId(runId: string, step: number): string {
  return `${runId}/evaluation-${step}`;
}

/** Of the episode that plays a second-order bug: `episode-3.2` for what attempt 2 of `episode-3` left. */
export function secondOrderEpisodeId(bug: string): string {
  return bug.replace(/\/attempt-(\d+)\/bug$/, '.$1');
}

/** Of the episode that plays the draw of another one again. */
export function retriedEpisodeId(episode: string): string {
  const [, first = episode, retries = '0'] = /^(.*)\.retry-(\d+)$/.exec(episode) ?? [];
  return `${first}.retry-${Number(retries) + 1}`;
}

/** `replay` counts how often a rollout lost to infrastructure has been played again. */
export function injectorRolloutId(episode: string, replay: number): string {
  return `${episode}/injector${suffix(replay)}`;
}

export function solverRolloutId(episode: string, attempt: number, replay: number): string {
  return `${episode}/solver-${attempt}${suffix(replay)}`;
}

export function artifactId(episode: string): string {
  return `${episode}/bug`;
}

export function attemptId(episode: string, attempt: number): string {
  return `${episode}/attempt-${attempt}`;
}

function suffix(replay: number): string {
  return replay === 0 ? '' : `.replay-${replay}`;
}

/** The queue of workflows and light activities. */
export const ORCHESTRATOR_QUEUE = 'selfplay';

/** The queue of work that any host with a sandbox backend can do. */
export const SANDBOX_QUEUE = 'sandbox';

/** The queue of boots: a host takes from it no more than it can start, so that others take what it has no place for. */
export const BOOT_QUEUE = 'sandbox-boot';
