import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Backends } from '../../src/cli/command/backends.ts';
import { VALIDATOR_VERSION } from '../../src/domain/checks/validator-version.ts';
import { newRevalidation } from '../../src/workflows/revalidate-artifacts.ts';
import { fillStore, PLAYED } from '../support/ledger-builders.ts';
import { aSubjectFacts } from '../support/subject-facts.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { aBlobRef, aCheck, aRepeat, aRun, AT } from '../store/ledger-builders.ts';
import { leaveBug } from '../support/library-fixture.ts';
import { aConfiguration } from '../support/run-fixture.ts';
import { COMPLETED, createFakeTemporal, filledBackends, runCommand, temporaryDirectory } from './command-fixture.ts';
import { deviations, readDocumentedFormats } from './documented-formats.ts';
import { createFakeDeployment, leaveSandbox } from './fake-deployment.ts';

const formats = readDocumentedFormats(readFileSync(new URL('../../docs/json-output.md', import.meta.url), 'utf8'));

/** Standard output is one document, and it is what the page says. */
function expectDocumented(stdout: string, section: string): void {
  expect(deviations(JSON.parse(stdout), section, formats)).toEqual([]);
}

describe('what commands write with --json', () => {
  it.each([
    [['status'], 'status'],
    [['episodes'], 'episodes'],
    [['bugs'], 'bugs'],
    [['show', PLAYED.run], 'show run'],
    [['show', PLAYED.episode], 'show episode'],
    [['show', PLAYED.secondOrderEpisode], 'show episode'],
    [['show', PLAYED.bug], 'show bug'],
    [['show', PLAYED.secondOrderBug], 'show bug'],
    [['show', `${PLAYED.episode}/solver-1`], 'show rollout'],
    [['show', `${PLAYED.episode}/solver-1`, '--turn', '1'], 'show rollout'],
    [['show', `${PLAYED.emptyEpisode}/injector`], 'show rollout'],
  ])('%j is documented', async (parameters, section) => {
    const { exitCode, stdout } = await runCommand([...parameters, '--json'], { backends: await filledBackends() });
    expect(exitCode).toBe(0);
    expectDocumented(stdout, section);
  });

  it('show of a rollout of which something ran again is documented', async () => {
    const store = await createInMemoryStore();
    await fillStore(store);
    const rolloutId = `${PLAYED.episode}/solver-1`;
    const { epoch = 0 } = (await store.ledger.findRollout(rolloutId)) ?? {};
    await store.ledger.recordRepeat(aRepeat({ rolloutId, epoch }));
    const world = { backends: { openStore: () => Promise.resolve(store) } };
    expectDocumented((await runCommand(['show', rolloutId, '--json'], world)).stdout, 'show rollout');
  });

  it('status --stuck is documented', async () => {
    const waits = [
      {
        ...{ workflowId: 'run/episode-3', type: 'selfPlayEpisode', run: 'run', waitsFor: 'gradeAttempt' },
        ...{ detail: 'no space', since: '2026-01-02T03:04:05.000Z', attempt: 2 },
      },
    ];
    const connectTemporal = () => Promise.resolve(createFakeTemporal({ waits }));
    const { stdout } = await runCommand(['status', '--stuck', '--json'], { backends: { connectTemporal } });
    expectDocumented(stdout, 'status --stuck');
  });

  it('demo is documented', async () => {
    const temporal = createFakeTemporal({ open: [PLAYED.run] });
    const world = await createFakeDeployment(temporal);
    await fillStore(world.services.store);
    temporal.end(COMPLETED);
    const { stdout } = await runCommand(['demo', '--json', '-'], world);
    expectDocumented(stdout, 'demo');
  });

  it.each([[[]], [['--detach']]])('run %j is documented', async (more) => {
    const temporal = createFakeTemporal({});
    const world = await createFakeDeployment(temporal);
    temporal.end(COMPLETED);
    const { stdout } = await runCommand(['run', 'demo', '--json', ...more], world);
    expectDocumented(stdout, 'run');
  });

  it.each([
    ['validate', []],
    ['grade', ['--patch', 'fix.diff']],
  ] as const)('%s is documented', async (command, more) => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'bug'));
    const openLocalServices: Backends['openLocalServices'] = () =>
      Promise.resolve({
        validate: () =>
          Promise.resolve({
            ...{ verdict: 'consistent', check: null, detail: 'all checks passed', artifactId: 'local' },
            ...{ validatorVersion: '2', contentId: null },
            checks: [aCheck()],
          } as const),
        grade: () =>
          Promise.resolve({
            verdict: 'solved',
            check: null,
            detail: 'all pass',
            figures: { required: 9 },
            validatorVersion: '2',
          }),
        inspect: () => Promise.reject(new Error('nobody asks')),
        close: () => Promise.resolve(),
      });
    const parameters = [command, '--json', '--source', directory, '--artifact', join(directory, 'bug'), ...more];
    const { stdout } = await runCommand(parameters, { backends: { openLocalServices } });
    expectDocumented(stdout, command);
  });

  it('evaluations are documented', async () => {
    const store = await createInMemoryStore();
    await store.ledger.openRun(aRun({ runId: 'evaluation' }));
    await store.ledger.recordLibrary({ libraryId: 'abc', manifest: aBlobRef(), bugs: 1, recordedAt: AT });
    const weights = { trainingRun: null, step: null, policyVersion: null };
    const opened = { evaluationId: 'evaluation', libraryId: 'abc', model: 'small', tasks: 1, startedAt: AT };
    await store.ledger.openEvaluation({ ...opened, ...weights });
    const world = { backends: { openStore: () => Promise.resolve(store) } };
    expectDocumented((await runCommand(['evaluations', '--json'], world)).stdout, 'evaluations');
  });

  it('freeze is documented', async () => {
    const folder = temporaryDirectory();
    const store = await createInMemoryStore();
    const config = JSON.stringify({ ...aConfiguration({ subjects: [{ directory: folder, name: 'tiny' }] }) });
    await store.ledger.openRun(aRun({ config }));
    await leaveBug(store);
    const world = { backends: { openStore: () => Promise.resolve(store) } };
    expectDocumented((await runCommand(['freeze', join(folder, 'bugs.jsonl'), '--json'], world)).stdout, 'freeze');
  });

  it('subjects add, list and check are documented', async () => {
    const folder = temporaryDirectory();
    const corpus = ['--corpus', join(folder, 'corpus.jsonl'), '--json'];
    expectDocumented(
      (await runCommand(['subjects', 'add', folder, '--name', 'tree', ...corpus])).stdout,
      'subjects add',
    );
    await runCommand(['subjects', 'add', 'team/image:1', ...corpus]);
    expectDocumented((await runCommand(['subjects', 'list', ...corpus])).stdout, 'subjects list');
    const never = () => Promise.reject(new Error('nobody asks'));
    const openLocalServices: Backends['openLocalServices'] = () =>
      Promise.resolve({
        ...{ validate: never, grade: never, close: () => Promise.resolve() },
        inspect: ({ subject: { source } }) =>
          Promise.resolve(
            source.kind === 'image'
              ? { booted: false, problem: 'no images here' }
              : {
                  ...{ booted: true, backend: 'bubblewrap', bootMs: 42 },
                  inspection: { inspected: true, facts: aSubjectFacts({ baselineProblem: 'no space' }) },
                },
          ),
      });
    const { stdout } = await runCommand(['subjects', 'check', ...corpus], { backends: { openLocalServices } });
    expectDocumented(stdout, 'subjects check');
  });

  it('doctor and gc are documented', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'left', 'run');
    mkdirSync(join(world.environment.home, 'sandboxes', '.python'), { recursive: true });
    expectDocumented((await runCommand(['doctor', '--json'], world)).stdout, 'doctor');
    expectDocumented((await runCommand(['gc', '--json'], world)).stdout, 'gc');
  });

  it('revalidate is documented', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const { store } = world.services;
    await fillStore(store);
    const revalidateHere: Backends['revalidateHere'] = async (_services, { revalidationId }) => {
      await store.ledger.recordRevalidation({
        ...{ revalidationId, artifactId: PLAYED.bug, validatorVersion: VALIDATOR_VERSION, verdict: 'inconsistent' },
        ...{ check: 'parser', detail: 'no JSON', checks: null, facts: null, endedAt: '2026-01-02T03:04:05.000Z' },
      });
      return newRevalidation(revalidationId);
    };
    const setting = { ...world, backends: { ...world.backends, revalidateHere } };
    expectDocumented((await runCommand(['revalidate', '--json'], setting)).stdout, 'revalidate');
  });

  it('status without any run is a document too', async () => {
    const { stdout } = await runCommand(['status', '--json'], {
      backends: { openStore: async () => (await createFakeDeployment(createFakeTemporal({}))).services.store },
    });
    expect(JSON.parse(stdout)).toEqual({ run: null });
  });

  it('a command that fails writes none', async () => {
    const { exitCode, stdout } = await runCommand(['show', 'nothing', '--json'], { backends: await filledBackends() });
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});
