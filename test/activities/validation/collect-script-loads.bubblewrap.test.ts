import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { collectScriptLoads } from '../../../src/activities/validation/collect-script-loads.ts';
import { readShell } from '../../../src/syntax/shell-script.ts';
import { MAX_LOOKED_FOR } from '../../../src/domain/script/script-loads.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { aSandbox, output } from '../../sandbox/contract-host.ts';
import { writeTree } from '../../support/artifact-fixture.ts';

const signal = new AbortController().signal;
const PACKAGES = 'lib/python3.11/site-packages';

let directory: string;
let sandboxes: Sandboxes;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-loads-'));
  const [source, environment] = [join(directory, 'source'), join(directory, 'environment')];
  writeTree(source, {
    'tools/plug.py': '',
    'src/near.py': '',
    'setup.js': '',
    'tests/conftest.py': '',
    'node_modules/@scope/chalk/index.js': '',
  });
  writeTree(environment, {
    [`${PACKAGES}/alone.py`]: '',
    [`${PACKAGES}/package/__init__.py`]: '',
    [`${PACKAGES}/package/inner.py`]: '',
    [`${PACKAGES}/other-1.0.dist-info/entry_points.txt`]: '[pytest11]\nby-entry = other.plugin\n',
    'node/node_modules/tsx/index.js': '',
  });
  sandboxes = createBubblewrapSandboxes({ stateDir: join(directory, 'state') });
  sandbox = await sandboxes.create(aSandbox({ source: { kind: 'directory', directory: source, environment } }));
  await output(sandbox, 'mkdir -p /tmp/site && touch /tmp/site/evil.py /tmp/x.ini');
});

afterAll(async () => {
  await sandbox.destroy();
  await sandboxes.close();
  rmSync(directory, { recursive: true, force: true });
});

async function heldOf(script: string): Promise<readonly string[]> {
  const seen = await collectScriptLoads(sandbox, readShell(script), signal);
  return seen.filter(({ held }) => held).map(({ name }) => name);
}

describe('what a script loads', () => {
  it.each([
    ['a folder of the tree and a module in it', 'PYTHONPATH=tools pytest -p plug', ['tools', 'plug']],
    ['a module of a source folder', 'pytest -p near', ['near']],
    ['modules of the image', 'pytest -p alone -p package -p package.inner', ['alone', 'package', 'package.inner']],
    ['an entry point', 'pytest -p by-entry', ['by-entry']],
    ["pytest's own plug-in and the standard library", 'pytest -p cProfile', ['cProfile']],
    [
      'what Node requires',
      'node --import tsx -r @scope/chalk/x -r ./setup --test',
      ['tsx', '@scope/chalk/x', './setup'],
    ],
    ['a configuration', 'pytest -c tests/conftest.py', ['tests/conftest.py']],
  ])('is held when it is %s', async (_, script, names) => {
    expect(await heldOf(script)).toEqual(names);
  });

  it.each([
    ['a folder that everybody may write to', 'PYTHONPATH=/tmp/site pytest -p evil'],
    ['a file there', 'pytest -c /tmp/x.ini'],
    ['a module that only lies deeper', 'pytest -p inner -p pickletester'],
    ['a path for a module', 'pytest -p /opt/environment/lib/python3.11/site-packages/alone -p ..opt.alone'],
    ['what is nowhere', 'pytest -p nothing; node -r nothing test.js; PYTHONPATH=gone pytest'],
  ])('is not held when it is %s', async (_, script) => {
    expect(await heldOf(script)).toEqual([]);
  });

  it('is looked for in one walk, however many names there are, and no further than a list of names goes', async () => {
    const walk = async (count: number) => {
      const names = Array.from({ length: count }, (_, number) => `-p x${number}`).join(' ');
      const startedAt = performance.now();
      const seen = await collectScriptLoads(sandbox, readShell(`pytest ${names} -p alone`), signal);
      return { seen, durationMs: performance.now() - startedAt };
    };
    const one = await walk(1);
    const many = await walk(MAX_LOOKED_FOR - 1);
    expect(many.seen.filter(({ held }) => held)).toEqual([{ kind: 'python-module', name: 'alone', held: true }]);
    expect(many.durationMs).toBeLessThan(one.durationMs * 10);
    expect((await walk(MAX_LOOKED_FOR)).seen).toHaveLength(MAX_LOOKED_FOR);
  });
});
