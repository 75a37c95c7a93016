import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { aRepeat } from '../../store/ledger-builders.ts';
import { fillStore, PLAYED } from '../../support/ledger-builders.ts';
import { createFakeTemporal, filledBackends, runCommand, temporaryDirectory, aStore } from '../command-fixture.ts';

describe('status', () => {
  it('shows the newest run from the ledger, with no server', async () => {
    const { exitCode, stdout } = await runCommand(['status'], { backends: await filledBackends() });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('no worker answers');
    expect(stdout).toMatch(/episodes +4 started, 3 ended, 0 lost/);
    expect(stdout).toMatch(/episode-3 +toolz +removal +1 +solve +0 +0 +2/);
  });

  it('adds what the workflow says when a server answers', async () => {
    const live = {
      ...{ runId: PLAYED.run, paused: true, draining: 'it was asked to drain', window: 3, inFlight: [], waiting: 2 },
      retriable: [],
      training: null,
      injectionGroups: { drawn: 1, settled: 0, total: 3 },
      episodes: { started: 4, finished: 3, consistent: 1, secondOrder: 1, lost: 0 },
    };
    const connectTemporal = () => Promise.resolve(createFakeTemporal({ live }));
    const backends = { ...(await filledBackends()), connectTemporal };
    const { stdout } = await runCommand(['status'], { backends });
    expect(stdout).toMatch(/outcome +paused, draining: it was asked to drain/);
    expect(stdout).toMatch(/window +3, 2 recycled bugs waiting/);
  });

  it('says how to begin where no run is', async () => {
    const store = await aStore({ filled: false });
    const { exitCode, stdout } = await runCommand(['status'], {
      backends: { openStore: () => Promise.resolve(store) },
    });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('selfplay demo')]);
  });
});

describe('status --stuck', () => {
  const wait = {
    ...{ workflowId: 'run/episode-3/injector', type: 'agentRollout', run: 'run', waitsFor: 'policy', attempt: null },
    detail: 'waiting for the policy at turn 3:\nconnection refused',
    since: '2026-01-02T03:04:05.000Z',
  };
  const stuck = async (parameters: readonly string[], waits = [wait]) => {
    const temporal = createFakeTemporal({ waits });
    const backends = { connectTemporal: () => Promise.resolve(temporal) };
    return { ...(await runCommand(['status', '--stuck', ...parameters], { backends })), asked: temporal.asked };
  };

  it('lists what waits in all runs, for what, since when and what it says, with no store', async () => {
    const { exitCode, stdout, asked } = await stuck([]);
    expect(exitCode).toBe(0);
    expect(asked).toEqual(['waits of all', 'close']);
    expect(stdout).toMatch(
      /run\/episode-3\/injector +policy +2026-01-02 03:04:05Z +\d+ h \d+ min +- +waiting for the policy at turn 3: connection refused/,
    );
  });

  it('lets no command that an agent has called steer the terminal', async () => {
    const { stdout } = await stuck([], [{ ...wait, detail: 'turn 17: bash \u001b[2J\u001b]0;gone\u0007, 400 s' }]);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('asks for one run alone, and says when nothing waits', async () => {
    const { stdout, asked } = await stuck(['run'], []);
    expect([asked[0], stdout]).toEqual(['waits of run', 'nothing waits in run\n']);
    expect((await stuck([], [])).stdout).toBe('nothing waits\n');
  });

  it('exits with 3 where no server answers, for only the server knows', async () => {
    expect((await runCommand(['status', '--stuck'])).exitCode).toBe(3);
  });
});

describe('episodes and bugs', () => {
  it('list the newest first', async () => {
    const { stdout } = await runCommand(['episodes', '--limit', '10'], { backends: await filledBackends() });
    expect(stdout.match(/episode-\d/g)?.sort()).toEqual(['episode-0', 'episode-1', 'episode-2', 'episode-3']);
    expect(stdout).toContain('at solve');
  });

  it('keep to a limit', async () => {
    const { stdout } = await runCommand(['episodes', '--limit', '1'], { backends: await filledBackends() });
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('fit a terminal', async () => {
    const { stdout } = await runCommand(['bugs'], { backends: await filledBackends(), columns: 80 });
    expect(stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect(stdout).toContain('…');
  });

  it('refuse a run that is not there, with the one that was meant', async () => {
    const { exitCode, stderr } = await runCommand(['bugs', '--run', 'demo-2026-01-02-2'], {
      backends: await filledBackends(),
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('did you mean demo-2026-01-02-1?')]);
  });

  it('make no home where there is none', async () => {
    const home = join(temporaryDirectory(), 'nowhere');
    const { exitCode, stderr } = await runCommand(['episodes', '--home', home]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`nothing has run in ${home} yet`)]);
  });
});

describe('show', () => {
  const show = async (id: string) => runCommand(['show', id], { backends: await filledBackends() });

  it('shows a run with its episodes', async () => {
    const { stdout } = await show(PLAYED.run);
    expect(stdout).toMatch(/seed +7/);
    expect(stdout).toContain('episode-2');
  });

  it('shows an episode with its rollouts, grades and the arithmetic of its rewards', async () => {
    const { stdout } = await show('episode-0');
    expect(stdout).toMatch(/episode-0\/solver-1 +submitted +2 +unsolved +2 tests do not pass: a, b/);
    expect(stdout).toContain('injector: +0.1 (1 - (1 + 0.8) × 0.5, for s = 0.5)');
    expect(stdout).toContain("solver 1: -1 (not solved), advantage -1 over the group's mean");
  });

  it('shows a bug with its checks, tests, lineage and files', async () => {
    const { stdout } = await show(PLAYED.bug);
    expect(stdout).toMatch(/bug-validity +passed +0\.0 s +with the bug 2 tests fail\n/);
    expect(stdout).toMatch(/bug-validity: with the bug 2 tests fail\n +tests +12\n/);
    expect(stdout).toMatch(/bugFiles +1\n +names +a\n +b\n/);
    expect(stdout).toMatch(/attempt-1 +unsolved +1 +2 tests do not pass/);
    expect(stdout).toMatch(/FAIL_TO_PASS: 2\n +test_a\n/);
    expect(stdout).toContain(`made into  ${PLAYED.secondOrderBug}`);
    expect(stdout).toMatch(/attempt-1\/bug +consistent +2 tests of the parent bug still/);
    expect(stdout).toContain('+    return None');
  });

  it('shows a second-order bug with its parent, its patch and the rewards of its own episode', async () => {
    const { stdout } = await show(PLAYED.secondOrderBug);
    expect(stdout).toContain(`made from  ${PLAYED.bug} and the failed ${PLAYED.episode}/attempt-1`);
    expect(stdout).toMatch(/second-order +passed +0\.0 s +2 tests of the parent bug still fail/);
    expect(stdout).not.toContain('checks of the parent bug');
    expect(stdout).toContain('the failed patch of the parent attempt');
    expect(stdout).toContain('solver 0: -1');
    expect(stdout).not.toContain('injector:');
  });

  it('shows a rollout turn by turn, whatever the agent wrote', async () => {
    const { stdout } = await show('episode-0/solver-1');
    expect(stdout).toContain('prompt: system');
    expect(stdout).toContain('> <tool: bash>');
    expect(stdout).toContain('| core.py \uFFFD[31mred');
    expect(stdout).toContain('no observation yet');
    expect(stdout).not.toContain('\u001b');
  });

  it('shows what every turn took', async () => {
    const { stdout } = await show('episode-0/solver-1');
    expect(stdout).toMatch(/turn 0 {2}solveBug, policy \d+, \d+ \+ \d+ tokens, reply \d.* s, tool \d.* s/);
    expect(stdout).toMatch(/turns +2\n/);
  });

  it('shows which tool calls of a rollout ran again, and what they came to; the run counts them', async () => {
    const store = await createInMemoryStore();
    await fillStore(store);
    const rolloutId = `${PLAYED.episode}/solver-1`;
    const { epoch = 0 } = (await store.ledger.findRollout(rolloutId)) ?? {};
    const observation = await store.blobs.put(Buffer.from('[bash] exit code 1'));
    const repeat = aRepeat({ rolloutId, epoch, sandbox: 'b1', at: '2026-01-02T03:04:05.678Z' });
    await store.ledger.recordRepeat({ ...repeat, finding: 'diverged', observation });
    await store.ledger.recordRepeat({ ...repeat, turn: 1, finding: 'outcome-unknown' });
    const openStore = () => Promise.resolve({ ...store, close: () => Promise.resolve() });
    const world = { backends: { openStore } };
    const { stdout } = await runCommand(['show', rolloutId], world);
    expect(stdout).toMatch(/run again +2: 0 the same, 1 diverged, 0 unfinished, 1 of unknown outcome/);
    expect(stdout).toMatch(/run again in sandbox b1: it came to something else.*\n.*\[bash\] exit code 1/);
    expect((await runCommand(['show', PLAYED.run], world)).stdout).toMatch(/run again +2: /);
    expect((await runCommand(['status', PLAYED.run], world)).stdout).toMatch(/run again +2: /);
    const { stdout: json } = await runCommand(['show', rolloutId, '--json'], world);
    expect(JSON.parse(json)).toMatchObject({
      repeats: { same: 0, diverged: 1, outcomeUnknown: 1 },
      turns: [{ repeats: [{ finding: 'diverged', observation: '[bash] exit code 1' }] }, { repeats: [{}] }],
    });
  });

  it('shows one turn, with the totals of the rollout', async () => {
    const setting = { backends: await filledBackends() };
    const { stdout } = await runCommand(['show', 'episode-0/solver-1', '--turn', '1'], setting);
    expect(stdout).toContain('> My work is done.');
    expect(stdout).toMatch(/turns +2\n/);
    expect(stdout).not.toMatch(/turn 0|prompt:/);
  });

  it.each([
    ['episode-0/solver-1', '7', 'has turns 0 to 1, and no turn 7'],
    ['episode-0', '0', '--turn is for rollouts, and what you named is of the kind episode'],
    ['episode-0/solver-1', 'x', 'It is a whole number'],
  ])('%s --turn %s exits with 2 and says why', async (id, turn, message) => {
    const { exitCode, stderr } = await runCommand(['show', id, '--turn', turn], { backends: await filledBackends() });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('shows what each test came to in each state, and counts those that always pass', async () => {
    const { stdout } = await show(PLAYED.bug);
    expect(stdout).toMatch(
      /test +original +buggy +weakened\ntest_a +passed +failed +missing\ntest_b +passed +mixed +passed/,
    );
    expect(stdout).toContain('1 test passes in every state');
  });

  it('cuts long texts on a terminal alone, and nothing with --full', async () => {
    const store = await aStore({ filled: true });
    const text = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n');
    const reply = { format: 'reply-1', prompt: null, reply: { text, finish: 'stop' } };
    const get: Store['blobs']['get'] = async (ref) => {
      const stored = await store.blobs.get(ref);
      return Buffer.from(stored).toString().includes('My work') ? Buffer.from(JSON.stringify(reply)) : stored;
    };
    const openStore = () => Promise.resolve({ ...store, blobs: { ...store.blobs, get } });
    const lines = async (more: readonly string[], columns?: number) => {
      const setting = { backends: { openStore }, ...(columns === undefined ? {} : { columns }) };
      const { stdout } = await runCommand(['show', 'episode-0/solver-1', '--turn', '1', ...more], setting);
      return [stdout.match(/> line/g)?.length, stdout.includes('> ... 60 more lines; --full shows them')];
    };
    expect([await lines([], 80), await lines(['--full'], 80), await lines([])]).toEqual([
      [40, true],
      [100, false],
      [100, false],
    ]);
  });

  it('takes an attempt for its rollout', async () => {
    const { stdout } = await show(`${PLAYED.episode}/attempt-1`);
    expect(stdout).toContain(`rollout ${PLAYED.episode}/solver-1`);
  });

  it('says where ids are listed when nothing has the one given', async () => {
    const { exitCode, stderr } = await show('nothing');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('selfplay episodes')]);
  });
});
