import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { hideAgain } from '../../../src/activities/rollout/prepare-tree.ts';
import { createRolloutActivities } from '../../../src/activities/rollout/rollout-activities.ts';
import { openRollout } from '../../../src/activities/rollout/rollout-record.ts';
import { aSandbox, output } from '../../sandbox/contract-host.ts';
import { changed, CHANGES, git, ORIGINAL, writeTree } from '../../support/artifact-fixture.ts';
import { plainly, quietProgress } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';
import { createJudgedBug } from '../grading/judged-bug.ts';

const ARITH = ORIGINAL['calc/arith.py'] ?? '';

type JudgedBug = Awaited<ReturnType<typeof createJudgedBug>>;

const judged: JudgedBug[] = [];

afterEach(async () => {
  for (const bug of judged.splice(0)) await bug.dispose();
});

async function judge(prepare: Parameters<typeof createJudgedBug>[0]): Promise<JudgedBug> {
  const bug = await createJudgedBug(prepare);
  judged.push(bug);
  return bug;
}

/** A build that somebody forgot in the tree; nothing runs it. */
function withBuild(directory: string) {
  writeTree(directory, { 'build/lib/calc/arith.py': ARITH, 'build/lib/calc/__init__.py': '' });
  return {};
}

const COPY = '/opt/environment/lib/python3.11/site-packages/calc/arith.py';
/** What the bug does not touch, and lies beside: alone in having a content it would say so. */
const SIBLING = COPY.replace('arith.py', 'words.py');

/** The package installed, and a mirror of its repository, in a directory that no sandbox can write to. */
function withEnvironment(directory: string) {
  const environment = join(directory, '..', 'environment');
  const words = ORIGINAL['calc/words.py'] ?? '';
  const site = 'lib/python3.11/site-packages/calc';
  writeTree(environment, { [`${site}/arith.py`]: ARITH, [`${site}/words.py`]: words });
  for (const parameters of [
    ['init', '-q'],
    ['add', '-A'],
    ['commit', '-qm', 'one'],
  ])
    git(directory, ...parameters);
  git(directory, 'clone', '-q', '--bare', '.', join(environment, 'mirror.git'));
  return { environment };
}

function solverSetting({ subject, artifactId }: JudgedBug) {
  return aRolloutSetting({ subject, rolloutId: 'solver', task: { role: 'solver', artifactId } });
}

async function bootSolver(bug: JudgedBug) {
  const { services } = bug;
  const startedAt = '2026-01-02T03:04:05.678Z';
  await services.store.ledger.openRun({ runId: 'run', config: '{}', seed: 1, startedAt });
  const drawn = { subject: 'tiny', strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
  await services.store.ledger.openEpisode({
    episodeId: 'run/episode-0',
    runId: 'run',
    groupId: null,
    ...drawn,
    startedAt,
  });
  const setting = solverSetting(bug);
  await openRollout(services, setting);
  return createRolloutActivities(services, plainly, 'host').bootSandbox({ ...setting, incarnation: 0 });
}

describe('an artifact whose original text lies about in the image', () => {
  it('is accepted when the copy can be hidden, wherever it lies; no link and no tool leads the solver to it', async () => {
    const bug = await judge(withEnvironment);
    expect(bug.verdict).toEqual({ consistent: true });
    const { sandboxId } = await bootSolver(bug);
    const sandbox = await bug.services.sandboxes.attach(sandboxId);
    expect((await bug.services.store.ledger.findRollout('solver'))?.audit).toContain('0 removed, 3 hidden');
    expect(
      await output(
        sandbox,
        `cat ${COPY} ${SIBLING}; ls /opt/environment/mirror.git; grep -rl 'value > high' /repo /opt /home /tmp || true`,
      ),
    ).toBe('');
    await output(sandbox, `ln -s ${COPY} /tmp/link`);
    expect(await sandbox.read(COPY, { maxBytes: 10_000 })).toEqual({ found: false, problem: 'missing' });
    expect((await sandbox.read('/opt/environment/mirror.git/HEAD', { maxBytes: 10_000 })).found).toBe(false);
    expect((await sandbox.read('/tmp/link', { maxBytes: 10_000 })).found).toBe(false);
    const snapshot = await sandbox.snapshot();
    await bug.services.sandboxes.destroy(sandboxId);
    const restored = await bug.services.sandboxes.create(aSandbox({ source: bug.subject.source }, { snapshot }));
    expect((await restored.read(COPY, { maxBytes: 10_000 })).found).toBe(true);
    await hideAgain(bug.services, restored, solverSetting(bug), quietProgress());
    expect((await restored.read(COPY, { maxBytes: 10_000 })).found).toBe(false);
    await restored.destroy();
  });

  it('is refused when the tests need the copy', async () => {
    const { verdict } = await judge((directory) => {
      const test = (ORIGINAL['tests/test_arith.py'] ?? '')
        .replace('calc.arith', 'vendored.arith')
        .replace('TestArith', 'TestVendored');
      writeTree(directory, { 'vendored/__init__.py': '', 'vendored/arith.py': ARITH, 'tests/test_vendored.py': test });
      return {};
    });
    expect(verdict).toMatchObject({ consistent: false, check: 'leak-unfixable' });
    expect(verdict).toMatchObject({ detail: expect.stringMatching(/the tests need 1 second copies.*test_clamp_high/) });
  });

  it('is accepted when nothing needs the copy, and the solver gets the copy with the bug in it', async () => {
    const bug = await judge(withBuild);
    expect(bug.verdict).toEqual({ consistent: true });
    const { ledger } = bug.services.store;
    const check = (await ledger.listChecks(bug.artifactId)).find((row) => row.check === 'leak-unfixable');
    expect(JSON.parse(check?.figures ?? '')).toMatchObject({ copies: 1 });
    const { sandboxId } = await bootSolver(bug);
    const sandbox = await bug.services.sandboxes.attach(sandboxId);
    const copy = await sandbox.read('/repo/build/lib/calc/arith.py', { maxBytes: 10_000 });
    expect(copy.found && Buffer.from(copy.content).toString()).toBe(CHANGES.bug['calc/arith.py']);
    expect((await ledger.findRollout('solver'))?.audit).toMatch(
      /^1 commit, 1 ref, .*: 1 second copies, 0 removed, 0 hidden, 1 given the buggy text: \/repo\/build\/lib\/calc\/arith\.py \(copy of calc\/arith\.py, \d of \d windows\); \d+ files written anew under one time stamp, 0 caches left behind$/,
    );
    await bug.services.sandboxes.destroy(sandboxId);
  });

  it('is graded on the same tree: the repair passes, and one that fetches the copy does not', async () => {
    const bug = await judge(withBuild);
    const { fixture } = bug;
    const buggy = changed(ORIGINAL, CHANGES.bug, CHANGES.withoutTestOfBug);
    const repair = fixture.diff(buggy, changed(buggy, { 'calc/arith.py': ARITH }));
    expect(await bug.grade(repair)).toMatchObject({ solved: true });
    const fetching = "exec(open('build/lib/calc/arith.py').read())\n";
    const fetch = fixture.diff(buggy, changed(buggy, { 'calc/arith.py': fetching }));
    expect(await bug.grade(fetch)).toMatchObject({ solved: false });
  });
});
