import type { Store } from '../../src/store/store.ts';
import {
  aCheck,
  anArtifact,
  anAttempt,
  anEpisode,
  anInjectionGroup,
  aReply,
  aReward,
  aRollout,
  aRun,
  aSettlement,
  recordArtifact,
} from '../store/ledger-builders.ts';

/** What `fillStore` writes. */
export const PLAYED = {
  run: 'demo-2026-01-02-1',
  /** A consistent bug, one of two attempts solved it. */
  episode: 'demo-2026-01-02-1/episode-0',
  bug: 'demo-2026-01-02-1/episode-0/bug',
  /** Made from the attempt that failed, and played by an episode of its own. */
  secondOrderBug: 'demo-2026-01-02-1/episode-0/attempt-1/bug',
  secondOrderEpisode: 'demo-2026-01-02-1/episode-2',
  /** Nothing was submitted. */
  emptyEpisode: 'demo-2026-01-02-1/episode-1',
  /** Still at work. */
  openEpisode: 'demo-2026-01-02-1/episode-3',
} as const;

const CONFIG = { attempts: 2, injectionGroups: 3, rewards: { alpha: 0.8, variant: 'solve-rate' } };

const BUG_DIFF = [
  'diff --git a/toolz/core.py b/toolz/core.py',
  '--- a/toolz/core.py',
  '+++ b/toolz/core.py',
  '@@ -1,2 +1,2 @@',
  ' def identity(x):',
  '-    return x',
  '+    return None',
  '',
].join('\n');

const FAILED_PATCH = [
  'diff --git a/x.py b/x.py',
  '--- a/x.py',
  '+++ b/x.py',
  '@@ -1 +1 @@',
  '-y',
  '+sys.exit()',
  '',
].join('\n');

/** A repair with a sign of tampering, and one without. */
const PATCHES = {
  solved: BUG_DIFF.replace('    return None', '    def __eq__(self, other): return True'),
  unsolved: BUG_DIFF,
} as const;

/** A run as it looks in its middle: one episode of each kind, written through the store's own port. */
export async function fillStore(store: Store): Promise<void> {
  const { ledger } = store;
  const runId = PLAYED.run;
  await ledger.openRun(aRun({ runId, config: JSON.stringify(CONFIG), seed: 7 }));
  await ledger.openInjectionGroup(anInjectionGroup({ groupId: 'group', runId, size: 2 }));
  await playConsistentEpisode(store);
  await playEmptyEpisode(store);
  await playSecondOrderEpisode(store);
  await ledger.openEpisode(anEpisode({ episodeId: PLAYED.openEpisode, runId, groupId: 'group' }));
  await ledger.recordPhase(PLAYED.openEpisode, 'solve');
}

async function playConsistentEpisode(store: Store): Promise<void> {
  const { ledger } = store;
  const { run: runId, episode: episodeId, bug: artifactId } = PLAYED;
  await ledger.openEpisode(anEpisode({ episodeId, runId, groupId: 'group' }));
  await playRollout(store, `${episodeId}/injector`, { episodeId, role: 'injector' });
  const submission = await putSubmission(store);
  const facts = await putFacts(store);
  await recordArtifact(ledger, anArtifact({ artifactId, runId, episodeId, content: submission, facts }), [
    aCheck({ artifactId, check: 'artifact', ordinal: 0, figures: '{"bugFiles":1,"names":["a","b"]}', logs: [] }),
    aCheck({ artifactId, check: 'bug-validity', ordinal: 5, detail: 'with the bug 2 tests fail', logs: [] }),
  ]);
  const outcomes = ['solved', 'unsolved'] as const;
  for (const [attempt, outcome] of outcomes.entries()) {
    const rolloutId = `${episodeId}/solver-${attempt}`;
    await playRollout(store, rolloutId, { episodeId, role: 'solver', attempt });
    const attemptId = `${episodeId}/attempt-${attempt}`;
    const patch = await store.blobs.put(Buffer.from(PATCHES[outcome]));
    const reason = outcome === 'solved' ? 'all 9 tests pass' : '2 tests do not pass: a, b';
    await ledger.recordAttempt(
      anAttempt({ attemptId, episodeId, artifactId, attempt, rolloutId, outcome, reason, patch }),
    );
  }
  const rewards = [
    aReward({ episodeId, role: 'injector', rolloutId: `${episodeId}/injector`, reward: 0.1, advantage: null }),
    aReward({ episodeId, rolloutId: `${episodeId}/solver-0`, reward: 1, advantage: 1 }),
    aReward({ episodeId, attempt: 1, rolloutId: `${episodeId}/solver-1`, reward: -1, advantage: -1 }),
  ];
  await ledger.settleEpisode(aSettlement({ episode: { episodeId, artifactId, solveRate: 0.5 }, rewards }));
}

async function playEmptyEpisode({ ledger }: Store): Promise<void> {
  const { run: runId, emptyEpisode: episodeId } = PLAYED;
  const rolloutId = `${episodeId}/injector`;
  await ledger.openEpisode(anEpisode({ episodeId, runId, groupId: 'group', strategy: 'history' }));
  await ledger.openRollout(aRollout({ rolloutId, episodeId, role: 'injector' }));
  const outcome = { verdict: 'inconsistent', check: 'no-submission', artifactId: null, solveRate: null } as const;
  const rewards = [aReward({ episodeId, role: 'injector', rolloutId, reward: -1, advantage: null })];
  await ledger.settleEpisode(aSettlement({ episode: { episodeId, ...outcome }, rewards }));
}

async function playSecondOrderEpisode(store: Store): Promise<void> {
  const { ledger, blobs } = store;
  const { run: runId, bug, episode, secondOrderBug: artifactId, secondOrderEpisode: episodeId } = PLAYED;
  const parent = await ledger.findArtifact(bug);
  const failedPatch = await blobs.put(Buffer.from(FAILED_PATCH));
  const content = { format: 'second-order-bug-1', submission: parent?.content, failedPatch };
  await recordArtifact(
    ledger,
    anArtifact({
      ...{ artifactId, runId, episodeId: episode, order: 2, treeHash: 'another tree' },
      content: await putJson(store, content),
      facts: await putFacts(store),
      parentArtifactId: bug,
      parentAttemptId: `${episode}/attempt-1`,
    }),
    [
      aCheck({
        artifactId,
        check: 'second-order',
        ordinal: 0,
        detail: '2 tests of the parent bug still fail',
        logs: [],
      }),
    ],
  );
  await ledger.openEpisode(anEpisode({ episodeId, runId, groupId: null, order: 2, parentArtifactId: artifactId }));
  const rolloutId = `${episodeId}/solver-0`;
  await ledger.openRollout(aRollout({ rolloutId, episodeId }));
  const rewards = [aReward({ episodeId, rolloutId, reward: -1, advantage: 0 })];
  await ledger.settleEpisode(aSettlement({ episode: { episodeId, artifactId, solveRate: 0 }, rewards }));
}

/** Two turns: a command with its observation, and a reply that nothing has answered yet. */
async function playRollout(
  store: Store,
  rolloutId: string,
  rollout: Partial<Parameters<typeof aRollout>[0]>,
): Promise<void> {
  const { ledger } = store;
  await ledger.openRollout(aRollout({ ...rollout, rolloutId }));
  const epoch = await ledger.claimRollout(rolloutId, 'sandbox');
  const prompt = await putJson(store, [{ role: 'system', content: 'You break code.' }]);
  const replies = ['<tool: bash>\nls\n</tool>', 'My work is done.'];
  for (const [turn, text] of replies.entries()) {
    const reply = await putJson(store, { format: 'reply-1', prompt, reply: { text, finish: 'stop' } });
    await ledger.recordReply(aReply({ rolloutId, turn, epoch, reply }));
  }
  const observation = await putJson(store, {
    format: 'observation-1',
    text: 'core.py \u001b[31mred\u001b[0m',
    commandMs: 3000,
  });
  const observedAt = '2026-01-02T03:04:06.000Z';
  await ledger.recordObservation({ rolloutId, turn: 0, epoch, observation, activity: 'solveBug', observedAt });
  await ledger.closeRollout({
    rolloutId,
    outcome: 'submitted',
    submission: null,
    problem: null,
    trajectory: null,
    endedAt: observedAt,
  });
}

async function putSubmission(store: Store) {
  const texts = {
    'test_script.sh': 'python -m pytest\n',
    'test_files.txt': 'tests/test_core.py\n',
    'test_parser.py': 'print({})\n',
    'bug_inject.diff': BUG_DIFF,
    'test_weaken.diff': BUG_DIFF.replaceAll('toolz/core.py', 'tests/test_core.py'),
  };
  const files = await Promise.all(
    Object.entries(texts).map(async ([name, text]) => [name, await store.blobs.put(Buffer.from(text))] as const),
  );
  return putJson(store, { format: 'submission-1', files: Object.fromEntries(files) });
}

function putJson({ blobs }: Store, value: unknown) {
  return blobs.put(Buffer.from(JSON.stringify(value)));
}

/** What validation found out, as far as reports read it: one test that the bug breaks and the weakening hides. */
function putFacts(store: Store) {
  const run = (passed: readonly string[], failed: readonly string[]) => ({
    ...{ ending: 'exited', exitCode: 0, durationMs: 900 },
    reading: { valid: true, report: { passed, failed } },
  });
  const facts = {
    original: { runs: [run(['test_a', 'test_b', 'test_c'], []), run(['test_a', 'test_b', 'test_c'], [])] },
    buggy: { runs: [run(['test_c'], ['test_a', 'test_b']), run(['test_b', 'test_c'], ['test_a'])] },
    weakened: { run: run(['test_b', 'test_c'], []) },
  };
  return putJson(store, { format: 'validation-facts-1', facts, durationsMs: {} });
}
