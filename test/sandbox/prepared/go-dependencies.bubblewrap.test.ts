import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { findCompiledDependencies } from '../../../src/sandbox/prepared/compiled-dependencies.ts';
import type { Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { aSandbox, endAll } from '../contract-host.ts';

let root: string;
let sandboxes: Sandboxes;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'go-said-'));
  await mkdir(path.join(root, 'tree'));
  await writeFile(path.join(root, 'tree', 'go.mod'), 'module example.org/calc\n');
  sandboxes = createBubblewrapSandboxes({ stateDir: path.join(root, 'sandboxes') });
});

afterAll(async () => {
  await endAll(sandboxes);
  await rm(root, { recursive: true, force: true });
});

/** What is compiled with a go command that answers as it is told. */
async function compileWith(name: string, { version = 'go1.24.1', ...answers }: Readonly<Record<string, string>>) {
  const environment = path.join(root, name);
  await mkdir(path.join(environment, 'bin'), { recursive: true });
  const { build = 'true', list = 'true', test = 'true' } = answers;
  const script = `#!/bin/sh
case " $* " in
  *' env GOVERSION '*) echo ${version} ;;
  *' build '*) ${build} ;;
  *' list '*) ${list} ;;
  *' test '*) ${test} ;;
esac
`;
  await writeFile(path.join(environment, 'bin', 'go'), script, { mode: 0o755 });
  const source = { kind: 'directory', directory: path.join(root, 'tree'), environment } as const;
  return findCompiledDependencies(sandboxes, { ...aSandbox({ source }), source }, path.join(root, 'kept'));
}

describe('a Go tree has nothing compiled', () => {
  it.each([
    ['whose go command is too old', { version: 'go1.23.9' }],
    ['that go cannot list or compile', { list: 'echo "go: errors parsing go.mod"; exit 1', test: 'exit 1' }],
    ['whose go command compiles nothing', { build: 'echo "cannot find GOROOT"; exit 1' }],
  ])('%s', async (name, answers) => {
    expect(await compileWith(name, answers)).toBeUndefined();
  });
});

describe('the machine’s doing says nothing about the tree', () => {
  it.each([
    ['a full disk', { build: 'echo "write /tmp/x: no space left on device"; exit 1' }],
    ['a compiler that was killed', { test: 'echo "compile: signal: killed"; exit 1' }],
    ['a listing that was killed', { list: 'kill -9 $$' }],
  ])('%s', async (name, answers) => {
    await expect(compileWith(name, answers)).rejects.toThrow(SandboxUnavailableError);
  });
});
