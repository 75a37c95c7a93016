import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { getText } from '../../../src/activities/services/json-blobs.ts';
import { withSandbox } from '../../../src/activities/services/sandbox-request.ts';
import { runTests } from '../../../src/activities/test-run/run-tests.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { openServices, type OpenServices } from '../../../src/workers/open-services.ts';
import { createArtifactFixture, type ArtifactFixture } from '../../support/artifact-fixture.ts';
import { aConfiguration } from '../../support/run-fixture.ts';

let fixture: ArtifactFixture;
let open: OpenServices;

beforeAll(async () => {
  fixture = createArtifactFixture();
  const environment = readEnvironment({ SELFPLAY_HOME: `${fixture.directory}/home` });
  open = await openServices({ sandbox: 'bubblewrap', environment });
});

afterAll(async () => {
  await open.close();
  fixture[Symbol.dispose]();
});

/** The log and the ending of a script in the tiny project. */
async function ran(testScript: string, { seed = 1, repeat = 0, timeLimitMs = 30_000 } = {}) {
  const { services } = open;
  const setting = {
    owner: { runId: 'local', episodeId: 'local' },
    subject: fixture.subject,
    sandbox: aConfiguration().sandbox,
    artifact: { testScript, testParser: 'print("{}")' },
    seed,
    signal: new AbortController().signal,
  };
  const { owner, subject, sandbox: config } = setting;
  const { log, run } = await withSandbox(services, { owner, subject, config }, (sandbox) =>
    runTests(services, sandbox, { ...setting, state: 'original', repeat, timeLimitMs }),
  );
  expect(await getText(services.store.blobs, run.log)).toBe(log);
  return { log, ending: run.ending, exitCode: run.exitCode };
}

describe('a script', () => {
  it.each([
    ['exit 0', 0],
    ['echo said; exit 7', 7],
    ['kill -KILL $$', 137],
    ['kill -TERM $$', 143],
    ['kill -INT $$', 130],
    ['python3 -c "import os; os.abort()"', 134],
    ['no-such-program 2> /dev/null', 127],
  ])('that does "%s" ends with exit code %i', async (script, exitCode) => {
    expect(await ran(script)).toMatchObject({ ending: 'exited', exitCode });
  });

  it('alone writes to the log, whatever ends it', async () => {
    const { log } = await ran('echo out; echo err >&2; ls /proc/self/fd; kill -KILL $$');
    expect(log).toBe('out\nerr\n0\n1\n2\n3\n');
  });

  it('finds a history of one commit of the tree that it runs in, and nothing older', async () => {
    const git = 'git -c safe.directory="*"';
    const script = `${git} rev-list --all --reflog | wc -l; ${git} status --porcelain; ${git} log --format=%s`;
    expect(await ran(script)).toMatchObject({ log: '1\nbaseline\n', exitCode: 0 });
  });

  it('that does not end is ended at its limit, with all it has started', async () => {
    const started = performance.now();
    const run = await ran('echo begun; (setsid sleep 1000 &); sleep 1000', { timeLimitMs: 1_000 });
    expect(run).toEqual({ log: 'begun\n', ending: 'timed-out', exitCode: null });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('has a process id that goes with seed and repeat, and is the same again', async () => {
    const runs = [{}, {}, { repeat: 1 }, { repeat: 2 }, { repeat: 3 }, { seed: 2 }, { seed: 3 }];
    const [first, again, ...others] = await Promise.all(runs.map((run) => ran('echo $$ $(sh -c "echo \\$\\$")', run)));
    expect(first?.log).toMatch(/^\d+ \d+\n$/);
    expect(again?.log).toBe(first?.log);
    expect(new Set([first, ...others].map((run) => run?.log)).size).toBe(6);
  });
});
