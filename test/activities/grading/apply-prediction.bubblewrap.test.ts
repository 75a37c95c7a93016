import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { applyPrediction } from '../../../src/activities/grading/apply-prediction.ts';
import { outputText } from '../../../src/activities/services/command-output.ts';
import { diffSince, treeOf } from '../../../src/activities/tree/effective-diff.ts';
import { takeOracleFiles } from '../../../src/activities/tree/oracle-files.ts';
import { withSandbox } from '../../../src/activities/services/sandbox-request.ts';
import { applyDiff } from '../../../src/activities/tree/tree-state.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import type { Leniency } from '../../../src/domain/diff/patch-leniency.ts';
import { readPrediction } from '../../../src/domain/grading/prediction.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { openServices } from '../../../src/workers/open-services.ts';
import { git, writeTree, type Tree } from '../../support/artifact-fixture.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';

const BEFORE: Tree = {
  'pkg/__init__.py': '',
  'pkg/core.py': 'one = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\n',
  'pkg/plugin.py': 'hook = 1\nmore = 2\nlines = 3\nto_be = 4\nrecognised = 5\n',
  'conftest.py': 'kept = 1\n',
  'pytest.ini': '[pytest]\naddopts = -q\n',
  'run_tests.sh': 'python -m pytest\n',
  'tests/test_core.py': 'from pkg.core import one\n\n\ndef test_one():\n    assert one == 1\n',
  'tests/helper.py': 'help = 1\n',
  linked: '-> pkg/core.py',
  'pyproject.toml': '[project]\nversion = "1"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n',
  'setup.cfg': '[metadata]\nname = pkg\n\n[tool:pytest]\naddopts = -q\n',
  'package.json': '{ "name": "pkg", "version": "1.0.0", "scripts": { "test": "mocha -r ./load.cjs" } }\n',
  'load.cjs': 'kept();\n',
  '.gitignore': 'ignored/\n',
};

const REPAIR = { 'pkg/core.py': 'one = 1\ntwo = 2\nthree = 33\nfour = 4\nfive = 5\n' };

let host: Awaited<ReturnType<typeof openServices>>;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-prediction-'));
  const source = join(directory, 'source');
  writeTree(source, BEFORE);
  chmodSync(join(source, 'conftest.py'), 0o755);
  const environment = readEnvironment({ SELFPLAY_HOME: join(directory, 'home') });
  host = await openServices({ sandbox: 'bubblewrap', environment });
});

afterAll(async () => {
  await host.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The diff of what a command does to the tree, renames as renames. */
function diffOf(command: string, tree: Tree = {}): string {
  const scratch = join(directory, randomUUID());
  writeTree(scratch, BEFORE);
  chmodSync(join(scratch, 'conftest.py'), 0o755);
  git(scratch, 'init', '-q');
  git(scratch, 'add', '-A');
  git(scratch, 'commit', '-q', '-m', 'before');
  rmFirst(scratch, tree);
  writeTree(scratch, tree);
  git(scratch, '-c', `alias.do=!${command}`, 'do');
  git(scratch, 'add', '-A', '-f');
  return git(scratch, 'diff', '--cached', '--no-color', '--binary', '-M', 'HEAD');
}

function rmFirst(scratch: string, tree: Tree): void {
  for (const path of Object.keys(tree)) rmSync(join(scratch, path), { recursive: true, force: true });
}

async function inTree<Result>(work: (sandbox: Sandbox) => Promise<Result>): Promise<Result> {
  const { owner, sandbox: config } = aRolloutSetting();
  const source = { kind: 'directory', directory: join(directory, 'source') } as const;
  return withSandbox(host.services, { owner, subject: { name: 'tiny', source, weight: 1 }, config }, work);
}

const { signal } = new AbortController();

async function say(sandbox: Sandbox, script: string): Promise<string> {
  const argv = ['bash', '-c', script] as const;
  const result = await sandbox.run({ id: randomUUID(), argv, timeoutMs: 30_000, outputCapBytes: 100_000 });
  return outputText(result.stdout).trim();
}

/** Everything in the tree but what the repair changes: kind, mode, content. */
const LISTING = `find . -mindepth 1 -path ./.git -prune -o -not -type d -not -path ./pkg/core.py -printf '%P %y %m %l ' \\
  -exec sh -c 'if [ -L "$1" ]; then echo; else sha256sum < "$1"; fi' _ {} \\; | sort`;

async function apply(sandbox: Sandbox, diff: string, leniency: Leniency = 'none') {
  const artifact = {
    testFiles: ['tests/test_core.py'],
    testScript: 'bash run_tests.sh\n',
  };
  const diffs = [{ name: 'the bug', diff: diffOf('true', { 'pkg/core.py': 'one = 0\n' }) }];
  const prediction = readPrediction(diff, { testFiles: artifact.testFiles, leniency });
  if (!prediction.gradable) return { applied: false, cause: prediction.cause, problem: prediction.problem } as const;
  const oracle = await takeOracleFiles(sandbox, artifact.testFiles);
  return applyPrediction({ sandbox, bug: { artifact, diffs }, oracle, prediction, signal });
}

describe('applyPrediction', () => {
  it.each<{ name: string; command?: string; tree?: Tree; why: string }>([
    { name: 'an edit of a steering file', tree: { 'conftest.py': 'evil = 1\n' }, why: 'steering' },
    { name: 'a deletion of a steering file', command: 'rm pytest.ini', why: 'steering' },
    { name: 'a mode of a steering file', command: 'chmod 644 conftest.py', why: 'steering' },
    {
      name: 'a steering file that is moved away',
      command: 'mkdir x; git mv conftest.py x/code.py; rm x/code.py',
      why: 'steering',
    },
    { name: 'a new steering file', tree: { 'sub/deep/conftest.py': 'evil = 1\n' }, why: 'steering' },
    { name: 'a new sitecustomize', tree: { 'sitecustomize.py': 'evil = 1\n' }, why: 'steering' },
    { name: 'a new .pth', tree: { 'evil.pth': 'import evil\n' }, why: 'steering' },
    { name: 'a compiled module', command: 'printf "\\\\0\\\\1" > pkg/core.pyc', why: 'steering' },
    { name: 'a file that git ignores', tree: { 'ignored/conftest.py': 'evil = 1\n' }, why: 'steering' },
    { name: 'git attributes', tree: { '.gitattributes': '* text eol=crlf filter=evil\n' }, why: 'steering' },
    { name: 'a test helper', tree: { 'tests/helper.py': 'evil = 1\n' }, why: 'test' },
    { name: 'a new link', command: 'ln -s pkg other', why: 'link' },
    { name: 'a link that is changed', command: 'ln -sfn pkg/plugin.py linked', why: 'link' },
    { name: 'the folder of tests as a file', command: 'rm -r tests; echo evil > tests', why: 'shadow' },
    { name: 'a module of the runner', tree: { 'pluggy.py': 'evil = 1\n' }, why: 'shadow' },
    { name: 'a package in place of a test', tree: { 'tests/test_core/__init__.py': 'evil = 1\n' }, why: 'test' },
    { name: 'what the script runs', tree: { 'run_tests.sh': 'echo forged\n' }, why: 'named-by-script' },
    { name: 'what the runner loads', tree: { 'load.cjs': 'evil();\n' }, why: 'named-by-runner' },
    { name: 'an oracle test', tree: { 'tests/test_core.py': 'pass\n' }, why: 'oracle' },
    { name: 'a settings file that does not parse', tree: { 'pyproject.toml': '[tool\n' }, why: 'steering' },
    { name: 'a settings file that is new', tree: { 'sub/package.json': '{"type": "module"}\n' }, why: 'steering' },
    { name: 'a settings file that is gone', command: 'rm package.json', why: 'steering' },
    { name: 'a settings file that may be executed', command: 'chmod 755 setup.cfg', why: 'steering' },
  ])('puts $name back and keeps the repair', async ({ command = 'true', tree = {}, why }) => {
    const original = await inTree((sandbox) => say(sandbox, LISTING));
    const seen = await inTree(async (sandbox) => {
      const applied = await apply(sandbox, diffOf(command, { ...tree, ...REPAIR }));
      return { applied, now: await say(sandbox, LISTING), repaired: await say(sandbox, 'cat pkg/core.py') };
    });
    expect(seen.applied).toMatchObject({ applied: true, rung: 'strict' });
    const reasons = seen.applied.applied ? seen.applied.setAside.map((entry) => entry.why) : [];
    expect(reasons).toContain(why);
    expect(seen.now).toBe(original);
    expect(seen.repaired).toBe(REPAIR['pkg/core.py'].trim());
  });

  it('takes a rename of code onto a steering file for a deletion', async () => {
    const diff = diffOf('mkdir sub; git mv pkg/plugin.py sub/conftest.py', REPAIR);
    expect(diff).toContain('rename to sub/conftest.py');
    const files = await inTree(async (sandbox) => {
      await apply(sandbox, diff);
      return say(sandbox, 'ls -d pkg/plugin.py sub/conftest.py sub 2> /dev/null; cat conftest.py');
    });
    expect(files).toBe('kept = 1');
  });

  it('does not read a diff that makes a link of a file', async () => {
    const diff = diffOf('rm pytest.ini; ln -s pkg/core.py pytest.ini', REPAIR);
    expect(await inTree((sandbox) => apply(sandbox, diff))).toMatchObject({ cause: 'unreadable-diff' });
  });

  it('keeps what is the project’s own in settings files, and records the keys that went', async () => {
    const tree = {
      'pyproject.toml': '[project]\nversion = "2"\n\n[tool.pytest.ini_options]\naddopts = "-p evil"\n',
      'setup.cfg': '[metadata]\nname = other\n\n[tool:pytest]\naddopts = -p evil\n',
      'package.json': '{ "name": "pkg", "version": "2.0.0", "scripts": { "test": "true" }, "type": "module" }\n',
    };
    const { applied, texts } = await inTree(async (sandbox) => ({
      applied: await apply(sandbox, diffOf('true', tree)),
      texts: await say(sandbox, 'cat pyproject.toml setup.cfg package.json'),
    }));
    expect(applied).toMatchObject({
      setAside: [
        { path: 'package.json', why: 'keys', keys: ['scripts', 'type'] },
        { path: 'pyproject.toml', why: 'keys', keys: ['tool.pytest'] },
        { path: 'setup.cfg', why: 'keys', keys: ['tool:pytest'] },
      ],
    });
    for (const own of ['version = "2"', 'name = other', '"version": "2.0.0"']) expect(texts).toContain(own);
    for (const gone of ['evil', 'module', '"true"']) expect(texts).not.toContain(gone);
  });

  it.each([
    ['writes through a link that it makes', 'ln -s /tmp out; mkdir -p x; echo evil > x/y', 'x/y', 'out/y'],
    ['writes through a link of the tree', 'mkdir -p x; echo evil > x/y', 'x/y', 'linked/y'],
  ])('refuses a diff that %s', async (_, command, from, to) => {
    const diff = diffOf(command).replaceAll(from, to);
    expect(await inTree((sandbox) => apply(sandbox, diff))).toMatchObject({ applied: false, cause: 'does-not-apply' });
  });

  it.each<[Leniency, string, boolean]>([
    ['none', diffWith((diff) => diff.replace('@@ -1,5 +1,5 @@', '@@ -1,9 +1,7 @@')), false],
    ['recount', diffWith((diff) => diff.replace('@@ -1,5 +1,5 @@', '@@ -1,9 +1,7 @@')), true],
    ['recount', diffWith((diff) => diff.replace(' two = 2', '   two  =  2')), false],
    ['whitespace', diffWith((diff) => diff.replace(' two = 2', ' two  =  2')), true],
    ['whitespace', diffWith((diff) => diff.replace(' one = 1', ' uno = 1')), false],
    ['context', diffWith((diff) => diff.replace(' one = 1', ' uno = 1')), true],
    ['context', diffWith((diff) => diff.replace('-three = 3', '-drei = 3')), false],
  ])('with lenient %s: %#', async (leniency, diff, applies) => {
    const applied = await inTree((sandbox) => apply(sandbox, diff, leniency));
    expect(applied).toMatchObject(applies ? { applied: true, rung: leniency } : { applied: false });
  });

  it('puts steering files back however leniently the diff is applied', async () => {
    const diff = diffWith((text) => text.replace(' two = 2', ' two  =  2'), { 'conftest.py': 'evil = 1\n' });
    const seen = await inTree(async (sandbox) => {
      await apply(sandbox, diff, 'context');
      return say(sandbox, 'cat conftest.py pkg/core.py');
    });
    expect(seen).toContain('three = 33');
    expect(seen).not.toContain('evil');
  });
});

/** The repair's diff, written badly. */
function diffWith(spoil: (diff: string) => string, tree: Tree = {}): string {
  const lines = [
    'diff --git a/pkg/core.py b/pkg/core.py',
    '--- a/pkg/core.py',
    '+++ b/pkg/core.py',
    '@@ -1,5 +1,5 @@',
    ' one = 1',
    ' two = 2',
    '-three = 3',
    '+three = 33',
    ' four = 4',
    ' five = 5',
    '',
  ];
  const [conftest] = Object.values(tree);
  const steering =
    conftest === undefined
      ? ''
      : `diff --git a/conftest.py b/conftest.py\n--- a/conftest.py\n+++ b/conftest.py\n@@ -1 +1 @@\n-kept = 1\n+${conftest}`;
  return spoil(lines.join('\n')) + steering;
}

describe('an effective diff', () => {
  it('is the prediction without what was put back, and applies strictly', async () => {
    const binary =
      'printf "a\\\\0b" > data.bin; mkdir -p ignored; echo x > ignored/x; rm pkg/plugin.py; chmod 755 pkg/core.py';
    const diff = diffOf(binary, { ...REPAIR, 'conftest.py': 'evil = 1\n', 'setup.cfg': '[metadata]\nname = other\n' });
    const state = `${LISTING}; stat -c %a pkg/core.py; sha256sum pkg/core.py`;
    const [effective, graded] = await inTree(async (sandbox) => {
      const prediction = readPrediction(diff, { testFiles: ['tests/test_core.py'], leniency: 'none' });
      if (!prediction.gradable) throw new Error(prediction.problem);
      const before = await treeOf(sandbox, prediction.touched, signal);
      await apply(sandbox, diff);
      return [(await diffSince(sandbox, before, prediction.touched, signal)) ?? '', await say(sandbox, state)] as const;
    });
    expect(effective).not.toContain('conftest.py');
    const again = await inTree(async (sandbox) => {
      expect(await applyDiff(sandbox, { name: 'it', diff: effective }, signal)).toEqual({ applied: true });
      return say(sandbox, state);
    });
    expect(again).toBe(graded);
  });

  it('is none where a large file went away', async () => {
    await inTree(async (sandbox) => {
      await say(sandbox, 'head -c 20000000 /dev/urandom > large.bin');
      const before = await treeOf(sandbox, ['large.bin'], signal);
      await say(sandbox, 'rm large.bin');
      expect(await diffSince(sandbox, before, ['large.bin'], signal)).toBeUndefined();
    });
  });
});
