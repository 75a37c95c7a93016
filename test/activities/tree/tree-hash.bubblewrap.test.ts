import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { treeHash } from '../../../src/activities/tree/tree-hash.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { aSandbox, output } from '../../sandbox/contract-host.ts';
import { writeTree } from '../../support/artifact-fixture.ts';

const signal = new AbortController().signal;
let directory: string;
let sandboxes: Sandboxes;
let sandbox: Sandbox;

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'selfplay-hash-'));
  writeTree(path.join(directory, 'source'), { 'a.py': 'x = 1\n', '.gitignore': '*.log\n' });
  sandboxes = createBubblewrapSandboxes({ stateDir: path.join(directory, 'state') });
  const source = { kind: 'directory', directory: path.join(directory, 'source') } as const;
  sandbox = await sandboxes.create(aSandbox({ source }));
});

afterEach(async () => {
  await sandbox.destroy();
  await sandboxes.close();
  rmSync(directory, { recursive: true, force: true });
});

it('is another for another text, and the same for another ignored file', async () => {
  const before = await treeHash(sandbox, signal);
  await output(sandbox, 'echo more > run.log');
  expect(await treeHash(sandbox, signal)).toBe(before);
  await output(sandbox, 'echo y >> a.py');
  expect(await treeHash(sandbox, signal)).not.toBe(before);
});

it('is not led astray by filters, encodings and configuration', async () => {
  const attributes = "printf '*.py filter=x working-tree-encoding=no-such\\n' > .gitattributes";
  await output(sandbox, attributes);
  const before = await treeHash(sandbox, signal);
  await output(
    sandbox,
    "git config --global filter.x.clean 'echo one'; git config --global core.excludesFile ~/none; echo '*' > ~/none",
  );
  expect(await treeHash(sandbox, signal)).toBe(before);
  await output(sandbox, 'echo y >> a.py');
  expect(await treeHash(sandbox, signal)).not.toBe(before);
});
