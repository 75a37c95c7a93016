import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { createPreparedSandboxes } from '../../../src/sandbox/prepared/prepared-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { aCommand, aSandbox, endAll, text } from '../contract-host.ts';

const FILES = {
  'go.mod': 'module example.org/calc\n\ngo 1.21\n',
  'calc.go':
    'package calc\n\nimport "strings"\n\nfunc Twice(text string) string { return strings.Repeat(text, 2) }\n\n// a rare word: quokka\nconst Word = "quokka-and-wombat"\n',
  'calc_test.go':
    'package calc\n\nimport "testing"\n\nfunc TestTwice(t *testing.T) {\n\tif Twice("a") != "aa" {\n\t\tt.Fatal()\n\t}\n}\n',
};

let root: string;
let sandboxes: Sandboxes;
let made: string;

async function bootAt(tree: string): Promise<Sandbox> {
  return sandboxes.create(aSandbox({ source: { kind: 'directory', directory: tree } }, { limits: LIMITS }));
}

const LIMITS = { memoryBytes: 2 * 1024 ** 3, processes: 256, fileBytes: 1024 ** 3, cores: 2 };
const TEST = 'go test -x -count=1 ./... 2>&1';
/** The names of packages that the go command compiled, from what `-x` shows. */
const compiled = (log: string) => [...log.matchAll(/\/compile .* -p (\S+) /g)].map(([, name]) => name);

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'compiled-'));
  await mkdir(path.join(root, 'calc'));
  for (const [name, content] of Object.entries(FILES)) await writeFile(path.join(root, 'calc', name), content);
  await mkdir(path.join(root, 'broken'));
  await writeFile(path.join(root, 'broken', 'go.mod'), 'this is no module\n');
  await mkdir(path.join(root, 'plain'));
  await writeFile(path.join(root, 'plain', 'README'), 'no Go here\n');
  made = path.join(root, 'environments');
  sandboxes = createPreparedSandboxes(createBubblewrapSandboxes({ stateDir: path.join(root, 'sandboxes') }), {
    directory: made,
  });
});

afterAll(async () => {
  await endAll(sandboxes);
  await rm(root, { recursive: true, force: true });
});

/** Compiling the standard library takes a minute of one core, and this machine may be busy with other tests. */
describe('a Go tree without an environment', { timeout: 1_200_000 }, () => {
  it('compiles only its own packages, in every sandbox', async () => {
    for (const sandbox of [await bootAt(path.join(root, 'calc')), await bootAt(path.join(root, 'calc'))]) {
      const { exitCode, stdout } = await sandbox.run(aCommand(TEST, { timeoutMs: 600_000, outputCapBytes: 4_000_000 }));
      const log = text(stdout);
      expect(exitCode).toBe(0);
      expect(log).not.toContain('(cached)');
      expect([...new Set(compiled(log))].filter((name) => !name?.startsWith('example.org/calc'))).toEqual(['main']);
      expect(compiled(log)).toContain('example.org/calc');
    }
  });

  it('says what was compiled, keeps nothing of the tree in it, and cannot be written to', async () => {
    const sandbox = await bootAt(path.join(root, 'calc'));
    const look = `cat /opt/compiled/about; grep -rl quokka /opt/compiled; touch /opt/compiled/x 2> /dev/null || echo read-only`;
    const { stdout } = await sandbox.run(aCommand(look));
    expect(text(stdout)).toMatch(
      /^go1\.\d+\S*, \d+ packages of the standard library and of other modules\nread-only\n$/,
    );
  });

  it('leaves no result of a test, so that every run is one', async () => {
    const [key = ''] = await readdir(path.join(made, 'compiled'));
    const cache = path.join(made, 'compiled', key, 'content', 'go-cache');
    const small = [];
    for (const name of await readdir(cache, { recursive: true })) {
      if (!name.endsWith('-d')) continue;
      const content = await readFile(path.join(cache, name));
      if (content.length < 4096) small.push(content.toString('latin1'));
    }
    expect(small.length).toBeGreaterThan(0);
    expect(small.filter((content) => content.startsWith('ok \t'))).toEqual([]);
  });
});

describe('a tree', { timeout: 1_200_000 }, () => {
  it('that cannot be compiled boots all the same, and is not tried again', async () => {
    const before = (await readdir(path.join(made, 'compiled'))).length;
    const sandbox = await bootAt(path.join(root, 'broken'));
    expect(text((await sandbox.run(aCommand('ls -d /opt/compiled; echo $GOCACHEPROG'))).stdout)).toMatch(/\n\n$/);
    expect((await readdir(path.join(made, 'compiled'))).length).toBe(before + 1);
  });

  it('without Go pays nothing', async () => {
    const before = await readdir(path.join(made, 'compiled'));
    await bootAt(path.join(root, 'plain'));
    expect(await readdir(path.join(made, 'compiled'))).toEqual(before);
  });
});
