/**
 * What every Temporal server of ours is told beside its own defaults, by its keys. The file of the production shape,
 * compose/temporal/dynamic-config.yaml, says the same.
 *
 * By default the server waits 40 to 50 ms before each task that it hands out, because it loads its transfer queue 20
 * times a second at most; with the two poll values an activity takes 18 ms instead of 100. Fairness keeps one run's
 * backlog from holding up another's.
 */
export const DYNAMIC_CONFIG = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.transferProcessorMaxPollHostRPS': 4000,
  'matching.enableFairness': true,
} as const;
