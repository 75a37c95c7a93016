import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { outputText } from '../../src/activities/services/command-output.ts';
import { readSubjects } from '../../src/config/corpus.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { createBubblewrapSandboxes } from '../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandboxes } from '../../src/sandbox/sandbox.ts';

const MIB = 1024 ** 2;
/** A loaded machine may take ten times as long as an idle one. */
const TIMEOUT_MS = 120_000;

const PYTEST = 'python3 -B -m pytest -q -p no:cacheprovider';
const GO = 'go test -v ./...';

/** How each is tested, and what its last release says; nothing in a corpus says it. */
const SUITES = [
  ['cachetools', PYTEST, /171 passed/],
  ['toolz', PYTEST, /180 passed/],
  ['xmltodict', PYTEST, /119 passed/],
  ['object-path', 'mocha test.js', /90 passing/],
  ['entities', 'NO_COLOR=1 vitest run', /Tests +76 passed/],
  ['secure-json-parse', "tape 'test/*.test.js'", /# pass +99\n/],
  ['qs', "tape 'test/**/*.js'", /# pass +863\n/],
  ['uuid', GO, /--- PASS: TestVersion7MonotonicityStrict/],
  ['go-version', GO, /--- PASS: TestVersionEqual/],
  ['semver', GO, /--- PASS: TestConstraintsCheck/],
] as const;

/** Needs what `scripts/setup --only subjects` builds. */
const subjects = readSubjects({ corpus: 'cache:all.jsonl', subjects: undefined }, readEnvironment().cache);

describe('the subjects that set-up builds', () => {
  let stateDir: string;
  let sandboxes: Sandboxes;

  beforeAll(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'selfplay-subjects-'));
    sandboxes = createBubblewrapSandboxes({ stateDir });
  });
  afterAll(async () => {
    await sandboxes.close();
    const left = readdirSync(stateDir).filter((name) => !name.startsWith('.'));
    rmSync(stateDir, { recursive: true, force: true });
    expect(left).toEqual([]);
  });

  it('are the ones that are tested here', () => {
    expect(subjects.map(({ name }) => name)).toEqual(SUITES.map(([name]) => name));
  });

  it.each(SUITES)(
    '%s passes its own tests with the network closed, and git sees no change',
    async (name, script, says) => {
      const subject = subjects.find((one) => one.name === name);
      if (subject === undefined) throw new Error(`there is no subject ${name}; run scripts/setup --only subjects`);
      const sandbox = await sandboxes.create({
        id: name,
        source: subject.source,
        labels: { deployment: 'tests', run: 'local', episode: 'local' },
        lifetimeSeconds: 300,
        leaseSeconds: 60,
        // The demo's.
        limits: { memoryBytes: 1024 * MIB, processes: 128, fileBytes: 256 * MIB, cores: 1 },
      });
      const run = async (id: string, command: string) => {
        const argv = ['bash', '-c', command] as const;
        const result = await sandbox.run({ id, argv, timeoutMs: TIMEOUT_MS, outputCapBytes: MIB });
        return { exitCode: result.exitCode, output: outputText(result.stdout) };
      };
      try {
        expect(await run('tests', script)).toEqual({ exitCode: 0, output: expect.stringMatching(says) });
        expect(await run('status', 'git status --porcelain')).toEqual({ exitCode: 0, output: '' });
      } finally {
        await sandbox.destroy();
      }
    },
  );
});
