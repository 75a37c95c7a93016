import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/config/package-root.ts';
import { defaultPython } from '../../src/sandbox/bubblewrap/supervisor-program.ts';

const TESTS = path.join(packageRoot, 'test');
const FILES = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^test_\w+\.py$/.test(path.basename(file)))
  .sort();
// Where the tested modules are imported from: a package of their own, or single files that are sent into a sandbox.
const MODULES = [
  'src/sandbox',
  'src/activities/leaks',
  'src/activities/tree',
  'src/activities/validation',
  'test/support/python',
];
// Each file takes some seconds on an idle machine; one that takes ten minutes hangs.
const LIMIT_MS = 600_000;

/** The tests of what is written in Python, each file one test here; by hand: `npx vitest run test/python`. */
describe('the tests in Python', { timeout: LIMIT_MS }, () => {
  let pycache: string;
  beforeAll(async () => {
    pycache = await mkdtemp(path.join(tmpdir(), 'selfplay-python-'));
  });
  afterAll(async () => {
    await rm(pycache, { recursive: true, force: true });
  });

  it('are there', () => {
    expect(FILES.length).toBeGreaterThan(0);
  });

  it.each(FILES)('%s passes', async (file) => {
    const run = promisify(execFile)(defaultPython(), ['-m', 'unittest', path.basename(file, '.py')], {
      cwd: path.join(TESTS, path.dirname(file)),
      env: {
        ...process.env,
        PYTHONPATH: MODULES.map((folder) => path.join(packageRoot, folder)).join(':'),
        // Compiled modules beside the sources would go out with the package.
        PYTHONPYCACHEPREFIX: pycache,
      },
      timeout: LIMIT_MS,
    });
    // A failing test rejects with all that unittest said. A file without tests must not pass.
    const { stderr } = await run;
    expect(stderr).toMatch(/^Ran [1-9]\d* tests? in/m);
  });
});
