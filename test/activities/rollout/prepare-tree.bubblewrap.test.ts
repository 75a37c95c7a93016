import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { outputText } from '../../../src/activities/services/command-output.ts';
import { createRolloutActivities } from '../../../src/activities/rollout/rollout-activities.ts';
import { openRollout } from '../../../src/activities/rollout/rollout-record.ts';
import type { RolloutSetting } from '../../../src/activities/rollout/rollout-setting.ts';
import { CHANGES, git, ORIGINAL, writeTree } from '../../support/artifact-fixture.ts';
import { plainly } from '../../support/fake-services.ts';
import { aConfiguration, aRolloutSetting, aSubject } from '../../support/run-fixture.ts';
import { createJudgedBug } from '../grading/judged-bug.ts';

let bug: Awaited<ReturnType<typeof createJudgedBug>>;
let rollouts = 0;

beforeAll(async () => {
  bug = await createJudgedBug();
  const { ledger } = bug.services.store;
  const startedAt = '2026-01-02T03:04:05.678Z';
  await ledger.openRun({ runId: 'run', config: '{}', seed: 1, startedAt });
  const drawn = { subject: 'tiny', strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
  await ledger.openEpisode({ episodeId: 'run/episode-0', runId: 'run', groupId: null, ...drawn, startedAt });
});

afterEach(async () => {
  for (const { id } of await bug.services.sandboxes.list()) await bug.services.sandboxes.destroy(id);
});

afterAll(() => bug.dispose());

/** Boots a sandbox as a rollout does, and gives a way to run commands in it. */
async function boot(changes: Partial<RolloutSetting>) {
  const { services } = bug;
  const setting = aRolloutSetting({
    subject: bug.fixture.subject,
    rolloutId: `rollout-${(rollouts += 1)}`,
    ...changes,
  });
  await openRollout(services, setting);
  const lease = await createRolloutActivities(services, plainly, 'host').bootSandbox({ ...setting, incarnation: 0 });
  const sandbox = await services.sandboxes.attach(lease.sandboxId);
  let commands = 0;
  return async (command: string) => {
    const result = await sandbox.run({
      id: `command-${(commands += 1)}`,
      argv: ['bash', '-c', command],
      timeoutMs: 60_000,
      outputCapBytes: 100_000,
    });
    return { exitCode: result.exitCode, output: outputText(result.stdout).trim() };
  };
}

describe("the solver's tree", () => {
  const solver = () => boot({ task: { role: 'solver', artifactId: bug.artifactId } });

  it('is the original with bug and weakening', async () => {
    const run = await solver();
    expect((await run('cat calc/arith.py')).output).toBe(CHANGES.bug['calc/arith.py'].trim());
    expect((await run('cat tests/test_arith.py')).output).toBe(CHANGES.withoutTestOfBug['tests/test_arith.py'].trim());
  });

  it('has one commit and nothing behind it: HEAD~1 is gone', async () => {
    const run = await solver();
    expect((await run('git log --all --oneline | wc -l')).output).toBe('1');
    expect((await run('git rev-parse --verify HEAD~1')).exitCode).not.toBe(0);
    expect((await run('git status --porcelain')).output).toBe('');
    expect((await run('git cat-file --batch-all-objects --batch | grep -c "value > high"')).output).toBe('0');
    expect((await run('git for-each-ref | wc -l; git stash list | wc -l')).output).toBe('1\n0');
  });

  it('holds neither script nor parser of the artifact', async () => {
    const run = await solver();
    const { output } = await run('find / -xdev \\( -name test_script.sh -o -name test_parser.py \\) 2>/dev/null');
    expect(output).toBe('');
  });
});

describe("the injector's tree", () => {
  const injector = (directory: string) => {
    const { validation } = aConfiguration();
    const subject = aSubject({ source: { kind: 'directory', directory } });
    return boot({ subject, task: { role: 'injector', strategy: 'history', validation } });
  };

  it('has its history, and uncommitted changes of the source cannot slip into a diff', async () => {
    const directory = join(bug.fixture.directory, 'checkout');
    writeTree(directory, ORIGINAL);
    git(directory, 'init', '-q');
    git(directory, 'add', '-A');
    git(directory, 'commit', '-q', '-m', 'the first release');
    writeFileSync(join(directory, 'calc/words.py'), '# somebody is at work here\n');
    writeFileSync(join(directory, 'untracked.txt'), 'a note\n');
    const run = await injector(directory);
    expect((await run('git log --format=%s')).output).toBe('baseline\nthe first release');
    expect((await run('git status --porcelain')).output).toBe('');
    await run('echo "# the bug" >> calc/arith.py');
    expect((await run('git diff --name-only HEAD')).output).toBe('calc/arith.py');
    expect(git(directory, 'status', '--porcelain').trim().split('\n')).toHaveLength(2);
  });

  it('of a source without git gets a baseline too', async () => {
    const directory = join(bug.fixture.directory, 'no-git');
    writeTree(directory, ORIGINAL);
    const run = await injector(directory);
    expect((await run('git log --format=%s; git status --porcelain')).output).toBe('baseline');
  });
});
