import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitBaseline } from '../../../src/activities/tree/git-baseline.ts';
import { auditHistory, wipeHistory } from '../../../src/activities/tree/history-wipe.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { createBubblewrapHost } from '../../sandbox/bubblewrap/bubblewrap-host.ts';
import { aSandbox, type ContractHost, output } from '../../sandbox/contract-host.ts';

/** A relative path, as git allows it. */
const SHARE = 'echo "../../../../../../tmp/real.git" > .git/objects/info/alternates';

let host: ContractHost;
let sandboxes: Sandboxes;
let sandbox: Sandbox;

beforeAll(async () => {
  host = await createBubblewrapHost();
  sandboxes = host.open();
  sandbox = await sandboxes.create(aSandbox(host));
  await output(sandbox, 'git config --global user.name Somebody; git config --global user.email some@body');
});
// Every test begins with the same two commits; the second one holds the secret that a wipe must remove.
beforeEach(async () => {
  await output(
    sandbox,
    `chmod -R u+rwx .; find . -mindepth 1 -delete; git init -q -b trunk; echo 'the fix' > code; git add -A; git commit -qm fix
     echo 'the bug' > code; printf 'ignored\\nkept.ignored\\n' > .gitignore; echo x > kept.ignored; git add -Af; git commit -qm bug`,
  );
});
afterAll(async () => {
  await sandbox.destroy();
  await sandboxes.close();
  await host.cleanUp();
});

const wipe = () => wipeHistory(sandbox, { commandId: randomUUID() });
const audit = () => auditHistory(sandbox, { commandId: randomUUID() });
const baseline = () => commitBaseline(sandbox, { commandId: randomUUID() });

/** Whether the text of the first commit can still be found in any object of any repository in the tree. */
const fixIsFound = (): Promise<string> =>
  output(
    sandbox,
    `git cat-file --batch-all-objects --batch 2> /dev/null | grep -ac 'the fix' | sed 's/^0$/no/'; git log --oneline | wc -l`,
  );

describe('wipeHistory', () => {
  it('leaves one fresh commit of the same tree and proves it with counts', async () => {
    expect(await wipe()).toEqual({
      wiped: true,
      audit: expect.stringMatching(/^1 commit, 1 ref, 5 objects, all of the new commit; 3 files tracked;/),
    });
    expect(await fixIsFound()).toBe('no\n1');
    expect(await output(sandbox, 'git ls-files; cat code; git status --porcelain; git log --format="%an %ad"')).toBe(
      '.gitignore\ncode\nkept.ignored\nthe bug\nselfplay Sat Jan 1 00:00:00 2000 +0000',
    );
  });

  it('makes the same commit of the same tree', async () => {
    await wipe();
    const first = await output(sandbox, 'git rev-parse HEAD');
    await wipe();
    expect(await output(sandbox, 'git rev-parse HEAD')).toBe(first);
  });

  it.each([
    ['a branch, a tag and a note', 'git branch other HEAD~1; git tag old HEAD~1; git notes add -m "the fix"'],
    ['a reflog entry', 'git reset -q --hard HEAD~1; git reset -q --hard HEAD@{1}'],
    ['a stash', 'echo "the fix" > code; git stash -q'],
    ['a dropped stash', 'echo "the fix" > code; git stash -q; git stash drop -q'],
    ['packed objects and refs', 'git gc -q; git pack-refs --all'],
    ['a promisor pack', 'git gc -q; for pack in .git/objects/pack/*.pack; do touch "${pack%.pack}.promisor"; done'],
    ['a worktree', 'git worktree add -q wt HEAD~1; rm wt/code'],
    ['a broken merge', 'git checkout -q -b side HEAD~1; echo z > code; git commit -qam z; git merge trunk || true'],
    ['a submodule', 'git -c protocol.file.allow=always submodule add -q "$PWD" sub; rm sub/code'],
    ['a nested repository', 'cp -r .git /tmp/copy.git; mkdir vendor; mv /tmp/copy.git vendor/.git'],
    ['a repository without permissions', 'chmod -R a-w .git; chmod 000 .git/objects/??'],
    ['alternates that are gone', 'echo /nowhere/objects > .git/objects/info/alternates'],
    ['a nested repository that shares', 'git clone -q --shared . inner; rm -rf inner/code'],
    ['a .git that is a link to nowhere', 'rm -rf .git; ln -s /nowhere .git'],
    ['a .git that is a file', 'rm -rf .git; echo "gitdir: /host/path/.git/worktrees/x" > .git'],
    ['no .git', 'rm -rf .git'],
  ])('wipes %s', async (_, prepare) => {
    await output(sandbox, prepare);
    expect(await wipe()).toMatchObject({ wiped: true });
    expect(await fixIsFound()).toBe('no\n1');
    expect(await output(sandbox, 'find . -name .git')).toBe('./.git');
  });

  it.each([
    ['a link to a repository that stays', 'mv .git /tmp/real.git; ln -s /tmp/real.git .git', 'pointed to'],
    ['a file that names one', 'mv .git /tmp/real.git; echo "gitdir: /tmp/real.git" > .git', 'pointed to'],
    ['a link to one in the tree', 'mv .git hidden; ln -s hidden .git', 'pointed to'],
    [
      'objects that it shares',
      `mv .git/objects /tmp/real.git; mkdir -p .git/objects/info; ${SHARE}`,
      'shares /tmp/real.git',
    ],
    [
      'objects that a nested repository shares',
      'git clone -q --bare . /tmp/real.git; git clone -q --shared /tmp/real.git inner; rm -rf inner/code',
      'shares /tmp/real.git/objects',
    ],
    ['a bare repository in the tree', 'git clone -q --bare . fixtures/hidden', 'looks like another repository'],
    ['a bundle in the tree', 'git bundle create -q all.bundle --all', 'looks like another repository'],
    ['a pack in the tree', 'git gc -q; cp .git/objects/pack/*.pack .', 'looks like another repository'],
    [
      'a directory that cannot be looked into',
      'mkdir shut; git clone -q --bare . shut/r; chmod 000 shut',
      'looked into',
    ],
  ])('fails closed on %s', async (_, prepare, problem) => {
    await output(sandbox, `rm -rf /tmp/real.git; ${prepare}`);
    expect(await wipe()).toEqual({ wiped: false, fault: 'image', problem: expect.stringContaining(problem) });
  });

  it.each([
    ['a loose object', 'echo "the fix" | git hash-object -w --stdin', 'holds more'],
    ['a second commit', 'git commit -q --allow-empty -m two', 'there are 2 commits'],
    ['another ref', 'git tag old', 'other refs'],
    ['a reflog', 'mkdir .git/logs', '.git/logs is still there'],
    ['alternates', 'mkdir -p .git/objects/info; echo /tmp/o > .git/objects/info/alternates', 'alternates'],
    ['a fetch head', 'echo x > .git/FETCH_HEAD', 'FETCH_HEAD is still there'],
    ['packed refs', 'git pack-refs --all', 'packed-refs is still there'],
    ['grafts', 'echo x > .git/info/grafts', 'grafts is still there'],
    ['a replaced object', 'git replace HEAD $(git commit-tree -m r HEAD^{tree})', 'still there|holds more'],
    ['anything that a fresh repository does not have', 'echo x > .git/BISECT_LOG', 'has no .git/BISECT_LOG'],
    ['a promisor mark', 'mkdir -p .git/objects/pack; touch .git/objects/pack/p.promisor', 'promisor'],
    ['a submodule', 'mkdir .git/modules', '.git/modules is still there'],
    ['a worktree', 'mkdir .git/worktrees', '.git/worktrees is still there'],
    ['a linked .git', 'mv .git g; ln -s g .git', '.git is not a directory'],
    ['a nested .git', 'mkdir -p a/.git', 'another .git'],
    ['a change after the commit', 'echo stray > stray', 'not clean'],
  ])('has an audit that finds %s', async (_, plant, problem) => {
    await wipe();
    await output(sandbox, plant);
    expect(await audit()).toEqual({ wiped: false, fault: 'image', problem: expect.stringMatching(problem) });
  });

  it('runs no program that the repository names', async () => {
    await output(sandbox, hostileRepository());
    expect(await wipe()).toMatchObject({ wiped: true });
    expect(await output(sandbox, 'cat /tmp/owned 2>/dev/null; true')).toBe('');
  });

  it('says that git is missing', async () => {
    const tools = await sandboxes.create(aSandbox(host, { source: { kind: 'tools' } }));
    const noGit: Sandbox = {
      ...tools,
      run: (command) => tools.run({ ...command, env: { ...command.env, PATH: '/x' } }),
    };
    expect((await wipeHistory(noGit)).wiped).toBe(false);
    await tools.destroy();
  });
});

describe('commitBaseline', () => {
  it('commits stray changes and new files on top of the history, but not ignored ones', async () => {
    await output(sandbox, 'echo stray > code; echo new > new; echo built > ignored; echo more > kept.ignored');
    const commit = await baseline();
    expect(commit).toEqual({ committed: true, commit: await output(sandbox, 'git rev-parse HEAD') });
    expect(
      await output(sandbox, 'git status --porcelain; git show --name-only --format= HEAD; git log --oneline | wc -l'),
    ).toBe('code\nkept.ignored\nnew\n3');
  });

  it('commits changes that the index hides', async () => {
    await output(sandbox, 'git update-index --assume-unchanged code; git update-index --skip-worktree .gitignore');
    await output(sandbox, 'echo hidden > code; echo hidden > .gitignore');
    expect((await baseline()).committed).toBe(true);
    expect(await output(sandbox, 'git show --name-only --format= HEAD')).toBe('.gitignore\ncode');
  });

  it.each([
    ['no repository', 'rm -rf .git'],
    ['a .git that points nowhere', 'rm -rf .git; echo "gitdir: /host/.git/worktrees/x" > .git'],
  ])('makes a repository where there is %s', async (_, prepare) => {
    await output(sandbox, prepare);
    expect((await baseline()).committed).toBe(true);
    expect(await output(sandbox, 'git log --oneline | wc -l; git status --porcelain')).toBe('1');
  });

  it('states what is wrong with a repository that it cannot use', async () => {
    await output(sandbox, 'rm -rf .git; mkdir .git; echo broken > .git/HEAD');
    expect(await baseline()).toEqual({ committed: false, problem: expect.stringContaining('not a git repository') });
  });

  it('runs no program that the repository names', async () => {
    await output(sandbox, hostileRepository());
    expect((await baseline()).committed).toBe(true);
    expect(await output(sandbox, 'cat /tmp/owned 2>/dev/null; true')).toBe('');
  });
});

/** Names a program wherever git would run one: it leaves its mark in /tmp/owned. */
function hostileRepository(): string {
  return `rm -f /tmp/owned; printf '#!/bin/sh\\necho $0 >> /tmp/owned\\ncat\\n' > /tmp/program; chmod +x /tmp/program
    mkdir -p .git/hooks; for hook in pre-commit post-commit post-index-change commit-msg prepare-commit-msg reference-transaction; do
      cp /tmp/program .git/hooks/$hook; done
    git config core.fsmonitor /tmp/program; git config core.hooksPath .git/hooks; git config commit.gpgSign true
    git config gpg.program /tmp/program; git config filter.own.clean /tmp/program; git config filter.own.process /tmp/program
    git config filter.own.required true; git config core.editor /tmp/program; git config core.worktree /tmp
    git config core.pager /tmp/program; git config diff.own.textconv /tmp/program; git config core.sshCommand /tmp/program
    printf '* filter=own diff=own\\n' > .gitattributes; printf '* filter=own\\n' > .git/info/attributes; rm -f /tmp/owned`;
}
