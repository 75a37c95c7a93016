import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  aBlobRef,
  anArtifact,
  anAttempt,
  anEpisode,
  AT,
  aRollout,
  aRun,
  recordArtifact,
} from '../../store/ledger-builders.ts';
import { aStore, COMPLETED, createFakeTemporal, runCommand, temporaryDirectory } from '../command-fixture.ts';

/** A store with an evaluation of two tasks, of which one was solved and one submitted nothing. */
async function anEvaluatedStore(evaluationId = 'evaluation-1') {
  const store = await aStore({ filled: false });
  const { ledger, blobs } = store;
  await ledger.openRun(aRun({ runId: evaluationId }));
  await ledger.recordLibrary({ libraryId: 'abc', manifest: aBlobRef(), bugs: 2, recordedAt: AT });
  const weights = { trainingRun: null, step: null, policyVersion: null };
  await ledger.openEvaluation({ evaluationId, libraryId: 'abc', model: 'small', tasks: 2, startedAt: AT, ...weights });
  for (const [index, bug] of ['b', 'a'].entries()) {
    const episodeId = `${evaluationId}/episode-${index}`;
    const rolloutId = `${episodeId}/solver-0`;
    const artifactId = `library/${bug}`;
    await ledger.openEpisode(anEpisode({ episodeId, runId: evaluationId, groupId: null }));
    await ledger.openRollout(aRollout({ rolloutId, episodeId }));
    await recordArtifact(ledger, anArtifact({ artifactId, runId: null, episodeId: null, contentId: bug }));
    const patch = index === 0 ? await blobs.put(Buffer.from('the repair')) : null;
    await ledger.recordAttempt(
      anAttempt({ attemptId: `${episodeId}/attempt-0`, episodeId, artifactId, rolloutId, patch }),
    );
  }
  await ledger.closeEvaluation({ evaluationId, solved: 1, unsolved: 1, lost: 0, endedAt: AT });
  return store;
}

describe('evaluations', () => {
  it('lists them with their resolve rate and its interval', async () => {
    const store = await anEvaluatedStore();
    const backends = { openStore: () => Promise.resolve(store) };
    const { exitCode, stdout } = await runCommand(['evaluations'], { backends });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/evaluation-1 +small +\S+ +abc +2 +1 +0 +0\.5 \(0\.095 to 0\.905\)/);
  });

  it('writes predictions as the SWE-bench harness reads them', async () => {
    const store = await anEvaluatedStore();
    const file = join(temporaryDirectory(), 'predictions.jsonl');
    const backends = { openStore: () => Promise.resolve(store) };
    await runCommand(['evaluations', 'evaluation-1', '--predictions', file], { backends });
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { instance_id: 'a', model_name_or_path: 'small', model_patch: '' },
      { instance_id: 'b', model_name_or_path: 'small', model_patch: 'the repair' },
    ]);
  });

  it('says that there is none of that id', async () => {
    const store = await anEvaluatedStore();
    const backends = { openStore: () => Promise.resolve(store) };
    const { exitCode, stderr } = await runCommand(['evaluations', 'evaluation-7'], { backends });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('there is no evaluation evaluation-7')]);
  });
});

describe('evaluate', () => {
  it('starts one on the server with what was typed, and shows what came of it', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const store = await anEvaluatedStore(`evaluation-${today}-2`);
    const temporal = createFakeTemporal({});
    temporal.end(COMPLETED);
    const backends = { openStore: () => Promise.resolve(store), connectTemporal: () => Promise.resolve(temporal) };
    const typed = ['evaluate', 'demo', '--bugs', '/bugs.jsonl', '--weights', 'run', '--step', '3'];
    await runCommand(typed, { backends });
    const [asked = ''] = temporal.asked;
    expect(asked).toContain(`evaluate evaluation-${today}-3`);
    expect(JSON.parse(asked.slice(asked.indexOf('{')))).toMatchObject({
      ...{ bugs: '/bugs.jsonl', weights: { run: 'run', step: 3 }, config: { policy: { kind: 'embedded' } } },
    });
  });

  it('refuses a step without the run that it is of', async () => {
    const { exitCode, stderr } = await runCommand(['evaluate', 'demo', '--bugs', 'x', '--step', '3']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--step is one of the run that --weights names')]);
  });
});
