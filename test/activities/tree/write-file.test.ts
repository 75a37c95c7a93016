import { beforeEach, describe, expect, it } from 'vitest';

import { editNeutrally } from '../../../src/activities/validation/edit-neutrally.ts';
import { putBack } from '../../../src/activities/tree/oracle-files.ts';
import { alterTree, sabotageTree } from '../../../src/activities/test-run/changed-tests.ts';
import { sandboxRequest } from '../../../src/activities/services/sandbox-request.ts';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { FileWriting, Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';

const TEST = 'def test_a():\n    assert 1 == 1\n';
const tests = { paths: ['test_a.py'], names: new Set<string>(), expected: new Set(['test_a.py']) };

let sandbox: Sandbox;

beforeEach(async () => {
  const { owner, subject, sandbox: config } = aRolloutSetting();
  const { services } = await createFakeServices({ sources: { '/nowhere/tiny': { 'test_a.py': TEST } } });
  sandbox = await services.sandboxes.create(sandboxRequest(services, { owner, subject, config, lifetimeSeconds: 60 }));
});

/** The same sandbox, in which no file can be written. */
function refusing(problem: Extract<FileWriting, { written: false }>['problem']): Sandbox {
  return { ...sandbox, write: () => Promise.resolve({ written: false, problem }) };
}

const oracle = [{ path: 'test_a.py', content: Buffer.from(TEST), executable: false }];

describe('a full disk is the machine’s, whatever is written', () => {
  it.each([
    ['oracle tests', () => putBack(refusing('no-space'), oracle)],
    ['tests that are made to fail', () => sabotageTree(refusing('no-space'), tests)],
    ['tests that expect other values', () => alterTree(refusing('no-space'), { ...tests, seed: 1 })],
    ['comments', () => editNeutrally(refusing('no-space'), ['test_a.py'], 1)],
  ])('%s', async (_, write) => {
    await expect(write()).rejects.toThrow(SandboxUnavailableError);
  });
});

describe('what a tree does not let be written is said of it', () => {
  it('oracle tests', async () => {
    expect(await putBack(refusing('not-permitted'), oracle)).toBe(
      'the oracle test test_a.py could not be put back: not-permitted',
    );
  });

  it.each([
    ['that are made to fail', () => sabotageTree(refusing('not-permitted'), tests)],
    ['that expect other values', () => alterTree(refusing('not-permitted'), { ...tests, seed: 1 })],
  ])('tests %s', async (_, change) => {
    expect(await change()).toEqual({
      files: [],
      notDone: [{ path: 'test_a.py', reason: 'the file cannot be written: not-permitted' }],
    });
  });

  it('comments', async () => {
    expect(await editNeutrally(refusing('not-permitted'), ['test_a.py'], 1)).toEqual({
      commented: [],
      notDone: ['test_a.py'],
    });
  });
});

it('a removal that does not end is the machine’s too', async () => {
  const ended = await sandbox.run({ id: 'rm', argv: ['rm'], timeoutMs: 1_000, outputCapBytes: 100 });
  for (const ending of [{ ending: 'timed-out', exitCode: null } as const, { exitCode: 137 }]) {
    const slow: Sandbox = { ...sandbox, run: () => Promise.resolve({ ...ended, ...ending }) };
    await expect(putBack(slow, oracle)).rejects.toThrow(SandboxUnavailableError);
  }
});
