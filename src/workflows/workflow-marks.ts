import { defineSearchAttributeKey, type SearchAttributePair, type SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

import { SEARCH_ATTRIBUTES } from '../domain/run/search-attributes.ts';

/** Temporal's types in the SDK's words. */
const TYPES = { Keyword: 'KEYWORD', Int: 'INT', Double: 'DOUBLE' } as const;

/** A server takes none but those that are declared. */
function keyOf<Name extends keyof typeof SEARCH_ATTRIBUTES>(name: Name) {
  return defineSearchAttributeKey(name, TYPES[SEARCH_ATTRIBUTES[name]]);
}

const trainingRun = keyOf('TrainingRun');
const episodePhase = keyOf('EpisodePhase');
const agentRole = keyOf('AgentRole');
const repository = keyOf('Repository');
const strategy = keyOf('Strategy');
const outcome = keyOf('Outcome');
const sandboxHost = keyOf('SandboxHost');
const waitingFor = keyOf('WaitingFor');
const bugOrder = keyOf('BugOrder');
const policyVersion = keyOf('PolicyVersion');
const solveRate = keyOf('SolveRate');
const reward = keyOf('Reward');

/** What a workflow is findable by from its start. */
export function startAttributes(marks: {
  readonly trainingRun: string;
  readonly repository: string;
  readonly strategy: string;
  readonly bugOrder: number;
  readonly agentRole?: string;
}): SearchAttributePair[] {
  return [
    { key: trainingRun, value: marks.trainingRun },
    { key: repository, value: marks.repository },
    { key: strategy, value: marks.strategy },
    { key: bugOrder, value: marks.bugOrder },
    ...(marks.agentRole === undefined ? [] : [{ key: agentRole, value: marks.agentRole }]),
  ];
}

/** Each is one history event, so they are said only on changes of phase. */
export const mark = {
  trainingRun: (value: string) => {
    upsert({ key: trainingRun, value });
  },
  phase: (value: string) => {
    upsert({ key: episodePhase, value });
  },
  host: (value: string) => {
    upsert({ key: sandboxHost, value });
  },
  waitingFor: (value: string | null) => {
    upsert({ key: waitingFor, value });
  },
  rolloutEnd: (end: { readonly outcome: string; readonly policyVersion: number | null }) => {
    upsert({ key: outcome, value: end.outcome }, { key: policyVersion, value: end.policyVersion });
  },
  settled: (settled: {
    readonly outcome: string;
    readonly solveRate: number | null;
    readonly reward: number | null;
  }) => {
    upsert(
      { key: episodePhase, value: 'ended' },
      { key: outcome, value: settled.outcome },
      { key: solveRate, value: settled.solveRate },
      { key: reward, value: settled.reward },
    );
  },
};

function upsert(...pairs: SearchAttributeUpdatePair[]): void {
  upsertSearchAttributes(pairs);
}
