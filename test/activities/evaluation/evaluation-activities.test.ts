import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createEvaluationActivities } from '../../../src/activities/evaluation/evaluation-activities.ts';
import { writeBugLibrary } from '../../../src/config/bug-library.ts';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { InvalidInputError } from '../../../src/domain/failure/errors.ts';
import { aRun, AT } from '../../store/ledger-builders.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { createFakeServices, plainly } from '../../support/fake-services.ts';
import { aFrozenBug } from '../../support/library-fixture.ts';
import { aConfiguration } from '../../support/run-fixture.ts';

async function theActivities() {
  const { services } = await createFakeServices();
  const { ledger } = services.store;
  const inputs = {
    readTrainingInput: (input: unknown) => readConfiguration(input, 'the workflow input'),
    ...{ readSubjects: () => [], promptsHash: () => 'hash', isDirectory: () => true },
  };
  const file = join(await temporaryDirectory(), 'bugs.jsonl');
  const { id } = writeBugLibrary(file, {
    bugs: [aFrozenBug({ id: 'a' }), aFrozenBug({ id: 'b' })],
    validatorVersion: '3',
  });
  return { ledger, file, id, ...createEvaluationActivities(services, inputs, plainly) };
}

const input = (bugs: string, more = {}) => ({ config: aConfiguration({ attempts: 8 }), bugs, ...more });

describe('openEvaluation', () => {
  it('plans one attempt at each task, sampled as the paper evaluates', async () => {
    const { openEvaluation, readTasks, ledger, file, id } = await theActivities();
    const plan = await openEvaluation({ evaluationId: 'evaluation', input: input(file) });
    expect(plan).toMatchObject({
      ...{ libraryId: id, tasks: 2 },
      config: { attempts: 1, higherOrder: { enabled: false }, rollout: { temperature: 1, topP: 0.95 } },
    });
    expect((await readTasks({ libraryId: id, from: 1 })).map((task) => task.id)).toEqual(['b']);
    const open = { solved: null, policyVersion: null, endedAt: null };
    expect(await ledger.listEvaluations({})).toMatchObject([
      { evaluationId: 'evaluation', libraryId: id, model: 'embedded', tasks: 2, ...open },
    ]);
    expect(await ledger.listRunIds()).toEqual([]);
  });

  it('plays with the weights that a run has published, the newest where no step is named', async () => {
    const { openEvaluation, closeEvaluation, ledger, file } = await theActivities();
    await ledger.openRun(aRun({ runId: 'trained' }));
    for (const step of [0, 1]) {
      const lies = { session: '{}', publication: '{}', checkpoint: null, served: '{}' };
      const kept = { ...lies, metrics: '{}', losses: 0, trainedAt: AT };
      await ledger.recordReceipt({ runId: 'trained', step, policyVersion: step, ...kept });
    }
    const open = (evaluationId: string, weights: object) =>
      openEvaluation({ evaluationId, input: input(file, { weights }) });
    expect((await open('newest', { run: 'trained' })).weights).toEqual({ run: 'trained', step: 1 });
    expect((await open('first', { run: 'trained', step: 0 })).weights).toEqual({ run: 'trained', step: 0 });
    await closeEvaluation({ evaluationId: 'first', solved: 1, unsolved: 1, lost: 0, outcome: 'completed' });
    const curve = await ledger.listEvaluations({ trainingRun: 'trained' });
    expect(curve.find(({ evaluationId }) => evaluationId === 'first')).toMatchObject({
      ...{ trainingRun: 'trained', step: 0, policyVersion: 0, solved: 1, unsolved: 1, model: 'embedded@trained:0' },
    });
    await expect(open('none', { run: 'trained', step: 7 })).rejects.toThrow(
      /run trained has published none after step 7/,
    );
  });

  it.each([
    ['a typo', { bug: 'x' }, /policyEvaluation takes/],
    ['a configuration with a typo', { config: { atempts: 1 }, bugs: 'x' }, /atempts: unknown key/],
    [
      'a library that is not there',
      { config: aConfiguration(), bugs: '/nowhere.jsonl' },
      /cannot read the bug library/,
    ],
  ])('refuses %s with the way out', async (_name, wrong, message) => {
    const { openEvaluation } = await theActivities();
    const refused = openEvaluation({ evaluationId: 'evaluation', input: wrong });
    await expect(refused).rejects.toThrow(InvalidInputError);
    await expect(refused).rejects.toThrow(message);
  });
});
