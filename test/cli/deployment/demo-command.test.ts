import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fillStore, PLAYED } from '../../support/ledger-builders.ts';
import { COMPLETED, createFakeTemporal, runCommand, type FakeTemporal, type Ran } from '../command-fixture.ts';
import { createFakeDeployment, leaveSandbox, type FakeDeployment } from '../fake-deployment.ts';

/** A demo on a world where the run of `fillStore` is unfinished and ends by itself. */
async function playDemo(
  parameters: readonly string[],
  {
    temporal,
    prepare,
  }: { readonly temporal: FakeTemporal; readonly prepare?: (world: FakeDeployment) => Promise<void> },
): Promise<Ran & { readonly world: FakeDeployment }> {
  const world = await createFakeDeployment(temporal);
  await fillStore(world.services.store);
  await prepare?.(world);
  setTimeout(() => {
    temporal.end(COMPLETED);
  }, 60);
  return { ...(await runCommand(['demo', ...parameters], world)), world };
}

describe('demo', () => {
  it('resumes an unfinished demo, says so, and ends by itself with a table and a hint', async () => {
    const temporal = createFakeTemporal({ open: [PLAYED.run, 'run-2026-01-02-1'] });
    const { exitCode, stdout, stderr, world } = await playDemo([], { temporal });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`resuming the unfinished run ${PLAYED.run} (--fresh starts anew)`);
    expect(stderr).toContain('going on meanwhile: run-2026-01-02-1');
    expect(stderr).not.toContain('stopping');
    expect(stdout).toContain('3 episodes, 1 validated bug in 1 subject');
    expect(stdout).toContain(`show ${PLAYED.episode}/bug --home ${world.environment.home}`);
    expect(temporal.asked).toEqual(['close']);
    expect(world.done.slice(-3)).toEqual(['stop workers', 'close services', 'stop server']);
  });

  it('starts a run of its own where none is unfinished, on free ports', async () => {
    const temporal = createFakeTemporal({ open: [] });
    const { stderr, world } = await playDemo(['--groups', '2', '--seed', '5'], { temporal });
    expect(stderr).toMatch(/playing run demo-\d{4}-\d\d-\d\d-1\n/);
    expect(world.done[0]).toBe('start server on 0');
    expect(temporal.asked[0]).toMatch(/^start demo-/);
  });

  it('ends an unfinished demo before a fresh one', async () => {
    const temporal = createFakeTemporal({ open: [PLAYED.run] });
    const { stderr } = await playDemo(['--fresh'], { temporal });
    expect(stderr).toContain('playing run demo-');
    expect(temporal.asked[0]).toBe(`cancel ${PLAYED.run}`);
    expect(temporal.asked[1]).toMatch(/^start demo-/);
  });

  it('says that --groups and --seed are for a new run', async () => {
    const temporal = createFakeTemporal({ open: [PLAYED.run] });
    const { stderr } = await playDemo(['--seed', '5'], { temporal });
    expect(stderr).toContain('change nothing here');
  });

  it('writes its result to a file', async () => {
    let file = '';
    const prepare = ({ environment }: FakeDeployment) => {
      file = join(environment.home, 'demo.json');
      return Promise.resolve();
    };
    const temporal = createFakeTemporal({ open: [PLAYED.run] });
    const world = await createFakeDeployment(temporal);
    await fillStore(world.services.store);
    await prepare(world);
    temporal.end(COMPLETED);
    const { exitCode, stdout } = await runCommand(['demo', '--json', file], world);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Look closer');
    const written: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(written).toMatchObject({ run: PLAYED.run, episodes: [{ id: PLAYED.episode, language: 'python' }, {}, {}] });
  });

  it('writes nothing but its result to standard output with --json -', async () => {
    const temporal = createFakeTemporal({ open: [PLAYED.run] });
    const { stdout, stderr } = await playDemo(['--json', '-'], { temporal });
    expect(JSON.parse(stdout)).toMatchObject({ run: PLAYED.run });
    expect(stderr).toContain('episode-3: solve');
  });

  it('finds out that it cannot write the file before it plays', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const { exitCode } = await runCommand(['demo', '--json', '/nowhere/at/all.json'], world);
    expect([exitCode, world.done]).toEqual([2, []]);
  });

  it('on Ctrl-C ends workers, sandboxes and server, says how to go on, and exits with 130', async () => {
    const temporal = createFakeTemporal({ open: [PLAYED.run] });
    const world = await createFakeDeployment(temporal);
    await fillStore(world.services.store);
    await leaveSandbox(world, 'left', PLAYED.run);
    const { exitCode, stderr } = await runCommand(['demo'], {
      ...world,
      during: (interrupt) => {
        setTimeout(() => {
          interrupt('SIGINT');
        }, 80);
      },
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('`selfplay demo` resumes this run, `selfplay demo --fresh` starts anew');
    expect(stderr).toContain('ended 1 sandbox\n');
    expect(world.done.slice(-3)).toEqual(['stop workers', 'close services', 'stop server']);
    await expect(world.services.sandboxes.list()).resolves.toEqual([]);
  });

  it.each([
    [{ status: 'failed', reason: 'no corpus', invalidInput: true } as const, 2],
    [{ status: 'failed', reason: 'a bug of ours', invalidInput: false } as const, 3],
    [{ status: 'terminated', reason: 'by hand', invalidInput: false } as const, 1],
  ])('a run that ends as %j exits with %i', async (end, code) => {
    const temporal = createFakeTemporal({ open: [PLAYED.run] });
    temporal.end(end);
    const { exitCode, stderr } = await playDemo([], { temporal });
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(`${PLAYED.run} ${end.status}: ${end.reason}`)]);
  });
});
