import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { readImage } from '../../../src/activities/leaks/kept-image-index.ts';
import { buildSolverTree, type SolverTree } from '../../../src/activities/leaks/solver-tree.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';

import { aSandbox } from '../../sandbox/contract-host.ts';
import { diffBetween, writeTree } from '../../support/artifact-fixture.ts';

const STEP = 'def up(a):\n    if a > 9:\n        return 9\n    return a\n';
const TURN = `export interface Wheel { readonly angle: number; readonly label?: string }

export function turned(wheel: Wheel, degrees: number): Wheel {
  if (degrees > 360) throw new RangeError(String(degrees));
  return { ...wheel, angle: wheel.angle + degrees };
}
`;
const COMPILED_TURN = `export function turned(wheel, degrees) {
    if (degrees > 360)
        throw new RangeError(String(degrees));
    return { ...wheel, angle: wheel.angle + degrees };
}
`;

/** Modules with too few words to be told by them. */
const PROJECT = {
  'calc/__init__.py': '',
  'calc/step.py': STEP,
  'calc/other.py': 'def down(a):\n    return a - 1\n',
  'top.py': STEP,
  'src/turn.ts': TURN,
  'src/other.ts': 'export const other = 1;\n',
};
const BUGGY = {
  ...PROJECT,
  'calc/step.py': 'def up(a):\n    return a\n',
  'top.py': 'def up(a):\n    return a\n',
  'src/turn.ts': TURN.replace(/ {2}if.*\n/, ''),
};

const PLANT = `
set -e
python3 -m py_compile calc/step.py calc/other.py top.py
python3 -c 'import py_compile as p; p.compile("calc/step.py", "calc/step.pyc")'
python3 -OO -m py_compile calc/step.py
mkdir -p ~/cache/calc/__pycache__ ~/wheels dist/esm lib
cp calc/__pycache__/step.cpython-*11.pyc ~/cache/renamed.pyc
cp calc/__pycache__/other.cpython-*.pyc ~/cache/
python3 - <<'PROGRAM'
import glob, os, zipfile
with zipfile.ZipFile(os.path.expanduser('~/wheels/calc.egg'), 'w') as archive:
    archive.write(glob.glob('calc/__pycache__/step.cpython-*11.pyc')[0], 'calc/__pycache__/step.pyc')
PROGRAM
cat > dist/esm/turn.js <<'SCRIPT'
${COMPILED_TURN}SCRIPT
echo 'export const other = 1;' > dist/esm/other.js
echo 'export const turn = 1;' > lib/turn.js
`;

const signal = new AbortController().signal;
const TIMEOUT_MS = 60_000;
let directory: string;
let sandboxes: Sandboxes;
let sandbox: Sandbox;
let tree: SolverTree;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'selfplay-compiled-'));
  writeTree(path.join(directory, 'source'), PROJECT);
  sandboxes = createBubblewrapSandboxes({ stateDir: path.join(directory, 'state') });
  const source = { kind: 'directory', directory: path.join(directory, 'source') } as const;
  sandbox = await sandboxes.create(aSandbox({ source }));
  const argv = ['bash', '-c', PLANT] as const;
  const planted = await sandbox.run({ id: 'plant', argv, timeoutMs: TIMEOUT_MS, outputCapBytes: 65_536 });
  if (planted.exitCode !== 0) throw new Error(Buffer.from(planted.stdout.head).toString());
  const index = await readImage(sandbox, { name: 'project', hostDirectories: ['/usr'], signal });
  const diff = diffBetween(path.join(directory, 'scratch'), PROJECT, BUGGY);
  tree = await buildSolverTree(sandbox, { index, diffs: [{ name: 'bug', diff }], signal });
});

afterAll(async () => {
  await sandbox.destroy();
  await sandboxes.close();
  rmSync(directory, { recursive: true, force: true });
});

it('removes whatever was compiled from a file that the bug touches, and nothing else', () => {
  const removed = tree.built ? tree.remedies.map((remedy) => `${remedy.remedy} ${remedy.path}`) : [tree.problem];
  expect(removed.map((line) => line.replace(/cpython-\d+/, 'cpython')).sort()).toEqual([
    'remove /home/agent/cache/renamed.pyc',
    'remove /home/agent/wheels/calc.egg',
    'remove /repo/__pycache__',
    'remove /repo/calc/__pycache__',
    'remove /repo/calc/step.pyc',
    'remove /repo/dist/esm/turn.js',
  ]);
});
