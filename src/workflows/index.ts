export { agentRollout } from './agent-rollout.ts';
export { artifactRevalidation } from './artifact-revalidation.ts';
export { policyEvaluation } from './policy-evaluation.ts';
export { selfPlayEpisode } from './self-play-episode.ts';
export { selfPlayTraining } from './self-play-training.ts';
