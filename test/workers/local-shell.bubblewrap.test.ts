import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { SecondOrderContent } from '../../src/activities/artifact/bug-content.ts';
import { putJson } from '../../src/activities/services/json-blobs.ts';
import { createInterrupts } from '../../src/cli/command/interrupts.ts';
import type { ArtifactRow } from '../../src/domain/record/ledger-rows.ts';
import { openBugTree, type TreeState } from '../../src/workers/local-shell.ts';
import { createJudgedBug } from '../activities/grading/judged-bug.ts';
import { recordArtifact } from '../store/ledger-builders.ts';
import { changed, CHANGES, ORIGINAL, SOLVERS } from '../support/artifact-fixture.ts';
import { aConfiguration } from '../support/run-fixture.ts';

const FAILED = CHANGES.inAnotherFileWithoutEffect;

let bug: Awaited<ReturnType<typeof createJudgedBug>>;
const secondOrder = 'second-order';

beforeAll(async () => {
  bug = await createJudgedBug();
  const { ledger, blobs } = bug.services.store;
  const parent = await ledger.findArtifact(bug.artifactId);
  if (parent === undefined) throw new Error('the fixture stores its artifact');
  const diff = bug.fixture.diff(SOLVERS, changed(SOLVERS, FAILED));
  const failedPatch = await blobs.put(Buffer.from(diff));
  const content: SecondOrderContent = { format: 'second-order-bug-1', submission: parent.content, failedPatch };
  const artifact: ArtifactRow = {
    ...parent,
    ...{ artifactId: secondOrder, order: 2, treeHash: 'another', parentArtifactId: bug.artifactId },
    content: await putJson(blobs, content),
  };
  await recordArtifact(ledger, artifact);
});

afterAll(() => bug.dispose());

/** What one line of bash says in a state of the tree. */
async function inState(state: TreeState, line: string, artifactId: string = bug.artifactId) {
  const signal = new AbortController().signal;
  const { sandbox } = aConfiguration();
  const tree = await openBugTree(bug.services, { artifactId, subject: bug.fixture.subject, sandbox, state, signal });
  try {
    const { exitCode, stdout } = await tree.run(['bash', '-c', line], { timeoutMs: 60_000, signal });
    return { exitCode, stdout };
  } finally {
    await tree.close();
  }
}

const said = async (state: TreeState, line: string, artifactId?: string) =>
  (await inState(state, line, artifactId)).stdout.trim();

const CODE = 'cat calc/arith.py';
const TESTS = 'cat tests/test_arith.py';
const texts = {
  original: ORIGINAL['calc/arith.py']?.trim(),
  buggy: CHANGES.bug['calc/arith.py'].trim(),
  tests: ORIGINAL['tests/test_arith.py']?.trim(),
  weakened: CHANGES.withoutTestOfBug['tests/test_arith.py'].trim(),
};

describe("a bug's tree", () => {
  it.each([
    ['original', 'original', 'tests'],
    ['buggy', 'buggy', 'tests'],
    ['weakened', 'buggy', 'weakened'],
    ['solver', 'buggy', 'weakened'],
  ] as const)('in the state %s has the %s code and the %s', async (state, code, tests) => {
    expect(await said(state, CODE)).toBe(texts[code]);
    expect(await said(state, TESTS)).toBe(texts[tests]);
  });

  it('of a solver has one commit, and nothing of the repaired code or of the artifact', async () => {
    expect(await said('solver', 'git log --all --oneline | wc -l; git stash list; git reflog')).toBe('1');
    expect(await said('solver', 'git cat-file --batch-all-objects --batch | grep -c "value > high"')).toBe('0');
    expect(await said('solver', 'grep -rl "value > high" /repo /tmp /home /opt /var 2> /dev/null')).toBe('');
    expect(await said('solver', "find / -xdev -name 'test_parser.py' -o -name '*.diff' 2> /dev/null")).toBe('');
  });

  it('of a second-order bug has the failed patch in every state but the original', async () => {
    for (const [path, text] of Object.entries(FAILED)) {
      expect(await said('original', `cat ${path}`, secondOrder)).toBe(ORIGINAL[path]?.trim());
      for (const state of ['buggy', 'weakened', 'solver'] as const)
        expect(await said(state, `cat ${path}`, secondOrder)).toBe(text.trim());
    }
    expect(await said('buggy', TESTS, secondOrder)).toBe(texts.tests);
    expect(await said('weakened', TESTS, secondOrder)).toBe(texts.weakened);
  });

  it("is the agent's, without network", async () => {
    expect(await said('solver', 'touch mine && id -u')).not.toBe('0');
    expect((await inState('solver', 'ls /sys/class/net | grep -v lo')).exitCode).not.toBe(0);
  });
});

describe('lines of bash', () => {
  it('carry directory and environment over, and leave no sandbox', async () => {
    const { signal } = new AbortController();
    const { sandbox } = aConfiguration();
    const request = { artifactId: bug.artifactId, subject: bug.fixture.subject, sandbox, signal };
    const tree = await openBugTree(bug.services, { ...request, state: 'original' });
    const limits = { timeoutMs: 60_000, signal };
    await tree.bash('cd calc; export WORD=kept', limits);
    expect(await tree.bash('echo "$PWD $WORD"; exit 3', limits)).toEqual({
      ...{ exitCode: 3, stdout: '/repo/calc kept\n', stderr: '' },
    });
    expect(await tree.bash('sleep 30', { ...limits, timeoutMs: 500 })).toMatchObject({ exitCode: null });
    await tree.close();
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });

  it('end with the interrupt, and the sandbox with them', async () => {
    const { interrupts, interrupt } = createInterrupts();
    const signal = interrupts.stop;
    const { sandbox } = aConfiguration();
    const request = { artifactId: bug.artifactId, subject: bug.fixture.subject, sandbox, signal };
    const tree = await openBugTree(bug.services, { ...request, state: 'original' });
    const running = tree.bash('sleep 30', { timeoutMs: 60_000, signal });
    setTimeout(() => {
      interrupt('SIGINT');
    }, 200);
    await expect(running).rejects.toBe('SIGINT');
    await tree.close();
    expect(await bug.services.sandboxes.list()).toEqual([]);
    await expect(openBugTree(bug.services, { ...request, state: 'solver' })).rejects.toBe('SIGINT');
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });
});
