import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readBug } from '../../../src/activities/artifact/bug-content.ts';
import { createRecycleActivities } from '../../../src/activities/recycling/recycle-activities.ts';
import type { Services } from '../../../src/activities/services/services.ts';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { changed, CHANGES, ORIGINAL, SOLVERS, type Tree } from '../../support/artifact-fixture.ts';
import { anAttempt, anEpisode, aRollout, aRun } from '../../store/ledger-builders.ts';
import { plainly } from '../../support/fake-services.ts';
import { aConfiguration } from '../../support/run-fixture.ts';
import { createJudgedBug, starving } from '../grading/judged-bug.ts';

const TIMEOUT_MS = 180_000;

let bug: Awaited<ReturnType<typeof createJudgedBug>>;

beforeAll(async () => {
  bug = await createJudgedBug();
});

afterAll(() => bug.dispose());

let batches = 0;

type Changes = Readonly<Record<string, string | null>>;

/** Recycles failed attempts that made these changes, of an episode of their own in the run. */
function recycle(runId: string, ...trees: readonly Changes[]) {
  return recycleOn(bug.services, runId, ...trees);
}

async function recycleOn(services: Services, runId: string, ...trees: readonly Changes[]) {
  const { artifactId, fixture } = bug;
  const { blobs, ledger } = services.store;
  const { sandbox, grading } = aConfiguration();
  const episodeId = `${runId}/episode-${(batches += 1)}`;
  if ((await ledger.findRun(runId)) === undefined) await ledger.openRun(aRun({ runId }));
  await ledger.openEpisode(anEpisode({ episodeId, runId, groupId: null }));
  const attempts = await Promise.all(
    trees.map(async (tree, attempt) => {
      const attemptId = `${episodeId}/attempt-${attempt}`;
      const rolloutId = `${episodeId}/solver-${attempt}`;
      const outcome = 'unsolved' as const;
      const patch = await blobs.put(Buffer.from(fixture.diff(SOLVERS, changed(SOLVERS, tree))));
      await ledger.openRollout(aRollout({ rolloutId, episodeId, role: 'solver', attempt }));
      await ledger.recordAttempt(anAttempt({ attemptId, episodeId, artifactId, attempt, rolloutId, outcome, patch }));
      return { attemptId, outcome, patch };
    }),
  );
  return createRecycleActivities(services, plainly).recycleAttempt({
    owner: { runId, episodeId },
    subject: fixture.subject,
    artifactId,
    attempts,
    seed: 1,
    drawSeed: 1,
    maxPerBug: 1,
    sandbox,
    grading,
  });
}

async function failedPatchOf(artifactId: string | undefined): Promise<string> {
  const second = await readBug(bug.services.store, artifactId ?? '');
  return second.diffs.at(-1)?.diff ?? '';
}

const HALF: Tree = CHANGES.halfRepaired;

describe('recycling (docs/specification.md#higher-order-bugs)', () => {
  it('keeps of a failed patch what grading took of it', async () => {
    const tampering = {
      'conftest.py': 'evil = 1\n',
      'tests/test_new.py': 'evil = 1\n',
      'tests/test_arith.py': 'evil = 1\n',
    };
    const [id, ...more] = await recycle('first', { ...HALF, ...tampering });
    expect(more).toEqual([]);
    const patch = await failedPatchOf(id);
    expect(patch).toContain('return high + 1');
    expect(patch).not.toContain('evil');
    // Nor does what was set aside make it another bug.
    const [plain = ''] = await recycle('first without more', HALF);
    const { ledger } = bug.services.store;
    expect((await ledger.findArtifact(id ?? ''))?.contentId).toBe((await ledger.findArtifact(plain))?.contentId);
  });

  it('keeps the classes of tests, the reason and the logs of the new tree', async () => {
    const { ledger, blobs } = bug.services.store;
    const parent = await ledger.findArtifact(bug.artifactId);
    const breaksOther = { 'calc/words.py': (ORIGINAL['calc/words.py'] ?? '').replace('upper()', 'lower()') };
    const [id = ''] = await recycle('classes', breaksOther);
    const second = await ledger.findArtifact(id);
    const other = 'test_shout (tests.test_words.TestWords.test_shout)';
    expect(parent?.passToPass).toContain(other);
    expect(second?.failToPass).toEqual([...(parent?.failToPass ?? []), other]);
    expect(second?.passToPass).toEqual(parent?.passToPass.filter((test) => test !== other));
    const [check, ...more] = await ledger.listChecks(id);
    expect(more).toEqual([]);
    expect(check).toMatchObject({ check: 'second-order', verdict: 'passed' });
    expect(check?.durationMs).toBeGreaterThan(0);
    const logs = await Promise.all((check?.logs ?? []).map((log) => blobs.get(log)));
    expect(logs.map((log) => Buffer.from(log).includes('test_shout'))).toEqual([true, true]);
  });

  it.each<{ name: string; tree: Changes; reason: string | undefined }>([
    {
      name: 'repairs everything',
      tree: { 'calc/arith.py': ORIGINAL['calc/arith.py'] ?? '' },
      reason: 'no test of the parent bug still fails in every run',
    },
    // Of these nothing is left to try.
    { name: 'changes only tests', tree: { 'tests/test_arith.py': 'evil = 1\n' }, reason: undefined },
    {
      name: 'adds only what shadows the runner',
      tree: { 'pytest.py': 'evil = 1\n' },
      reason: 'nothing of the failed patch counts, or it is too large',
    },
  ])('takes no attempt that $name, and keeps the reason', async ({ name, tree, reason }) => {
    const { ledger } = bug.services.store;
    expect(await recycle(name, tree)).toEqual([]);
    const tried = (await ledger.listSecondOrder(bug.artifactId)).find(({ runId }) => runId === name);
    expect(tried?.consistent).toBe(reason === undefined ? undefined : false);
    const [check] = tried === undefined ? [] : await ledger.listChecks(tried.artifactId);
    expect(check?.detail).toBe(reason);
  });

  it('repeats a run that others keep from the processors, and judges the one that had them', async () => {
    const services = starving(bug.services, { scripts: 2, boundMs: TIMEOUT_MS });
    expect(await recycleOn(services, 'starved', HALF)).toHaveLength(1);
  });

  it('keeps nothing of an attempt where load does not end', async () => {
    const services = starving(bug.services, { scripts: Number.POSITIVE_INFINITY, boundMs: 0 });
    await expect(recycleOn(services, 'overloaded', HALF)).rejects.toThrow(SandboxUnavailableError);
    const tried = await bug.services.store.ledger.listSecondOrder(bug.artifactId);
    expect(tried.filter(({ runId }) => runId === 'overloaded')).toEqual([]);
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });

  it('takes a tree once in a run, and at most as many as it may', async () => {
    const ids = await recycle(
      'second',
      HALF,
      { ...HALF, 'conftest.py': 'other = 1\n' },
      CHANGES.inAnotherFileWithoutEffect,
    );
    expect(ids).toHaveLength(1);
    const [first] = await recycle('third', HALF);
    expect(first).toBeDefined();
    expect(await recycle('third', {}, { ...HALF, 'tests/test_more.py': '' })).toEqual([]);
  });
});
