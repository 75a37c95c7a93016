import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createInMemorySandboxes, type CommandHandler } from '../../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import { findCompiledDependencies } from '../../../src/sandbox/prepared/compiled-dependencies.ts';
import type { CompiledDependencies, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { asNobody, NOBODY } from '../as-nobody.ts';
import { aSandbox } from '../contract-host.ts';

let root: string;
let tree: string;
/** The modules that were to be compiled, each time. */
let compiled: (readonly string[])[];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'compiled-'));
  tree = path.join(root, 'tree');
  compiled = [];
  await mkdir(tree);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(file: string): Promise<void> {
  await mkdir(path.join(tree, path.dirname(file)), { recursive: true });
  await writeFile(path.join(tree, file), 'module example.org/calc\n');
}

function sandboxesWith(handler: CommandHandler): Sandboxes {
  return createInMemorySandboxes({
    sources: { [tree]: { 'go.mod': 'module example.org/calc\n' } },
    handler: (command, scene) => {
      compiled.push(command.argv.slice(4));
      return handler(command, scene);
    },
  });
}

function find(sandboxes: Sandboxes): Promise<CompiledDependencies | undefined> {
  const source = { kind: 'directory', directory: tree } as const;
  return findCompiledDependencies(sandboxes, { ...aSandbox({ source }), source }, path.join(root, 'kept'));
}

describe('the Go modules of a tree', () => {
  it('are its own, those of the root first', async () => {
    for (const folder of ['.', 'cmd/a', 'a', '.git/b', 'vendor/c', 'a/node_modules/d', 'a/testdata/e/f'])
      await write(path.join(folder, 'go.mod'));
    await find(sandboxesWith(() => ({ exitCode: 3 })));
    expect(compiled).toEqual([['.', 'a', 'cmd/a']]);
  });

  it('are none in a tree without Go, whatever else in it cannot be read', async () => {
    await write('README');
    await write('shut/secret');
    if (process.geteuid?.() === 0)
      for (const place of [root, tree, path.join(tree, 'shut')]) await chown(place, NOBODY, NOBODY);
    await chmod(path.join(tree, 'shut'), 0);
    expect(await asNobody(() => find(sandboxesWith(() => ({ exitCode: 0 }))))).toBeUndefined();
    await chmod(path.join(tree, 'shut'), 0o700);
    expect(compiled).toEqual([]);
  });
});

describe('a Go tree', () => {
  beforeEach(() => write('go.mod'));

  it('with nothing to compile is asked once', async () => {
    const sandboxes = sandboxesWith(() => ({ exitCode: 3 }));
    for (const time of [1, 2]) expect([time, await find(sandboxes)]).toEqual([time, undefined]);
    expect(compiled).toEqual([['.']]);
  });

  it.each([
    ['fails', { exitCode: 1, stdout: 'write /tmp/compiled/x: no space left on device\n' }, /no space left on device/],
    ['is killed', { exitCode: 137 }, /ended with 137/],
    ['leaves nothing', { exitCode: 0 }, /missing/],
  ])('whose compiler %s is asked again, for that was the machine’s doing', async (_, outcome, message) => {
    const sandboxes = sandboxesWith(() => outcome);
    await expect(find(sandboxes)).rejects.toThrow(SandboxUnavailableError);
    await expect(find(sandboxes)).rejects.toThrow(message);
    expect(compiled).toEqual([['.'], ['.']]);
  });
});
