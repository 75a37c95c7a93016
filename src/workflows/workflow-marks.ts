import { defineSearchAttributeKey, type SearchAttributePair, type SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

const trainingRun = defineSearchAttributeKey('TrainingRun', 'KEYWORD');
const episodePhase = defineSearchAttributeKey('EpisodePhase', 'KEYWORD');
const agentRole = defineSearchAttributeKey('AgentRole', 'KEYWORD');
const repository = defineSearchAttributeKey('Repository', 'KEYWORD');
const strategy = defineSearchAttributeKey('Strategy', 'KEYWORD');
const outcome = defineSearchAttributeKey('Outcome', 'KEYWORD');
const sandboxHost = defineSearchAttributeKey('SandboxHost', 'KEYWORD');
const waitingFor = defineSearchAttributeKey('WaitingFor', 'KEYWORD');
const bugOrder = defineSearchAttributeKey('BugOrder', 'INT');
const policyVersion = defineSearchAttributeKey('PolicyVersion', 'INT');
const solveRate = defineSearchAttributeKey('SolveRate', 'DOUBLE');
const reward = defineSearchAttributeKey('Reward', 'DOUBLE');

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
