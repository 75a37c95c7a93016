import type { ArtifactRow, AttemptRow, CheckRow, RepeatRow, RewardRow } from '../../src/domain/record/ledger-rows.ts';
import type { Ledger } from '../../src/store/store.ts';

export const AT = '2026-01-02T03:04:05.678Z';
export const LATER = '2026-01-02T03:04:06.000Z';

export function aBlobRef(digit = 'a') {
  return { sha256: digit.repeat(64), bytes: 12 };
}

export function aRun(changes: Partial<Parameters<Ledger['openRun']>[0]> = {}) {
  return { runId: 'run', config: '{"seed":7}', seed: 2 ** 53 - 1, startedAt: AT, ...changes };
}

export function anInjectionGroup(changes: Partial<Parameters<Ledger['openInjectionGroup']>[0]> = {}) {
  const draw = { subject: 'toolz', strategy: 'removal', size: 4 } as const;
  return { groupId: 'group', runId: 'run', index: 0, ...draw, ...changes };
}

export function anEpisode(changes: Partial<Parameters<Ledger['openEpisode']>[0]> = {}) {
  const draw = { subject: 'toolz', strategy: 'removal', order: 1, parentArtifactId: null, seed: 11 } as const;
  return { episodeId: 'episode', runId: 'run', groupId: 'group', ...draw, startedAt: AT, ...changes };
}

export function aRollout(changes: Partial<Parameters<Ledger['openRollout']>[0]> = {}) {
  return { rolloutId: 'rollout', episodeId: 'episode', role: 'solver', attempt: 0, startedAt: AT, ...changes } as const;
}

export function aReply(changes: Partial<Parameters<Ledger['recordReply']>[0]> = {}) {
  const usage = { policyVersion: 3, promptTokens: 1000, completionTokens: 50, costUsd: 0.0125 };
  return {
    rolloutId: 'rollout',
    turn: 0,
    epoch: 1,
    reply: aBlobRef(),
    ...usage,
    repliedAt: AT,
    sandbox: 'sandbox',
    ...changes,
  };
}

export function aRepeat(changes: Partial<RepeatRow> = {}): RepeatRow {
  const found = { finding: 'same', observation: null } as const;
  return { rolloutId: 'rollout', turn: 0, sandbox: 'second', epoch: 1, ...found, at: AT, ...changes };
}

export function anObservation(changes: Partial<Parameters<Ledger['recordObservation']>[0]> = {}) {
  const observation = { observation: aBlobRef('b'), activity: 'solveBug', observedAt: AT };
  return { rolloutId: 'rollout', turn: 0, epoch: 1, ...observation, ...changes };
}

export function anArtifact(changes: Partial<ArtifactRow> = {}): ArtifactRow {
  return {
    artifactId: 'artifact',
    runId: 'run',
    episodeId: 'episode',
    subject: 'toolz',
    strategy: 'removal',
    order: 1,
    content: aBlobRef('c'),
    facts: aBlobRef('f'),
    treeHash: 'tree',
    image: 'image',
    consistent: true,
    check: null,
    failToPass: ['test_a', 'test_ü'],
    passToPass: [],
    quarantined: [],
    filesChanged: 1,
    linesChanged: 5,
    validatorVersion: '1',
    contentId: 'content',
    bugHash: 'bug',
    sketch: ['1', '2'],
    parentArtifactId: null,
    parentAttemptId: null,
    ...changes,
  };
}

/** Writes an artifact, whatever the library holds. */
export async function recordArtifact(
  ledger: Ledger,
  artifact: ArtifactRow,
  checks: readonly CheckRow[] = [],
): Promise<void> {
  await ledger.admitArtifact(artifact, () => ({ artifact, checks }));
}

export function aCheck(changes: Partial<CheckRow> = {}): CheckRow {
  return {
    artifactId: 'artifact',
    check: 'parser',
    ordinal: 2,
    verdict: 'passed',
    detail: 'valid JSON',
    figures: '{"tests":12}',
    durationMs: 12.5,
    logs: [aBlobRef('d'), aBlobRef('e')],
    ...changes,
  };
}

export function anAttempt(changes: Partial<AttemptRow> = {}): AttemptRow {
  return {
    attemptId: 'attempt',
    episodeId: 'episode',
    artifactId: 'artifact',
    attempt: 0,
    rolloutId: 'rollout',
    outcome: 'unsolved',
    reason: 'test_a still fails',
    patch: aBlobRef('1'),
    report: aBlobRef('2'),
    validatorVersion: '1',
    ...changes,
  };
}

export function aReward(changes: Partial<RewardRow> = {}): RewardRow {
  return {
    episodeId: 'episode',
    role: 'solver',
    attempt: 0,
    rolloutId: 'rollout',
    reward: -1,
    advantage: -0.25,
    policyVersion: 3,
    ...changes,
  };
}

export function aSettlement(
  changes: { episode?: Partial<Settlement['episode']>; rewards?: readonly RewardRow[] } = {},
): Settlement {
  return {
    episode: {
      episodeId: 'episode',
      outcome: 'rewarded',
      verdict: 'consistent',
      check: null,
      artifactId: 'artifact',
      solveRate: 0.125,
      problem: null,
      endedAt: AT,
      ...changes.episode,
    },
    rewards: changes.rewards ?? [aReward()],
  };
}

type Settlement = Parameters<Ledger['settleEpisode']>[0];

/** Opens a run, a group, an episode and a rollout, which most promises are about. */
export async function openAll(ledger: Ledger): Promise<void> {
  await ledger.openRun(aRun());
  await ledger.openInjectionGroup(anInjectionGroup());
  await ledger.openEpisode(anEpisode());
  await ledger.openRollout(aRollout());
}
