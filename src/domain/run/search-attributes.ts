/** What workflows can be searched by in the Temporal UI and CLI: name and Temporal's type. */
export const SEARCH_ATTRIBUTES = {
  TrainingRun: 'Keyword',
  EpisodePhase: 'Keyword',
  AgentRole: 'Keyword',
  Repository: 'Keyword',
  Strategy: 'Keyword',
  Outcome: 'Keyword',
  SandboxHost: 'Keyword',
  WaitingFor: 'Keyword',
  BugOrder: 'Int',
  PolicyVersion: 'Int',
  SolveRate: 'Double',
  Reward: 'Double',
} as const;
