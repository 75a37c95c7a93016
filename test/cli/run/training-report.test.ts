import { beforeEach, describe, expect, it } from 'vitest';

import { readTrainingReport, renderTraining } from '../../../src/cli/run/training-report.ts';
import { LedgerConflictError } from '../../../src/domain/failure/errors.ts';
import type { GroupStanding } from '../../../src/domain/record/training-rows.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { AT, aRun } from '../../store/ledger-builders.ts';

let store: Store;

beforeEach(async () => {
  store = await createInMemoryStore();
  await store.ledger.openRun(aRun());
});

async function aGroup(groupId: string, standing: GroupStanding) {
  const weight = { rollouts: 2, units: 10, policyVersion: 0 };
  await store.ledger.recordTrainingGroup({ groupId, runId: 'run', role: 'solver', standing, ...weight, weighedAt: AT });
}

async function aStep(step: number, manifest: object | null, groups: readonly string[]) {
  const reference = manifest === null ? null : await store.blobs.put(Buffer.from(JSON.stringify(manifest)));
  const row = { runId: 'run', step, manifest: reference, policyVersion: step - 1, assembledAt: AT };
  await store.ledger.recordTrainingStep({ step: row, groups, stale: [] });
  await aReceipt(step, '{"updateNorm":0.4321}');
}

async function aReceipt(step: number, metrics: string) {
  const lies = { session: '{}', publication: '{}', checkpoint: null, metrics, served: '{}', losses: 0 };
  await store.ledger.recordReceipt({ runId: 'run', step, policyVersion: step, ...lies, trainedAt: AT });
}

const shares = (injector: number, solver: number) => ({
  format: 'training-step-1',
  byRole: { injector: { rollouts: injector }, solver: { rollouts: solver } },
});

describe('what a run has learned', () => {
  it('is nothing where nothing trains', async () => {
    expect(await readTrainingReport(store, 'run')).toBeNull();
    expect(renderTraining(null)).toBe('');
  });

  it('is told of its steps, their groups and what each role gave', async () => {
    await aReceipt(0, '{}');
    for (const groupId of ['one', 'two']) await aGroup(groupId, 'ready');
    await aGroup('equal', 'no-signal');
    await aGroup('mute', 'untrainable');
    await aStep(1, shares(1, 3), ['one']);
    await aStep(2, null, []);
    const report = await readTrainingReport(store, 'run');
    expect(report).toEqual({
      ...{ steps: 2, policyVersion: 2, trajectories: { injector: 1, solver: 3 }, metrics: { updateNorm: 0.4321 } },
      groups: { trained: 1, ready: 1, 'no-signal': 1, untrainable: 1, stale: 0 },
    });
    expect(renderTraining(report)).toBe(
      '2 steps of training on 1 group (1 injector and 3 solver trajectories), weights moved by 0.432: policy version 2; ' +
        '2 groups taught nothing; 1 group waited for a step\n',
    );
  });

  it('refuses a manifest of another format', async () => {
    await aStep(1, { format: 'training-step-9' }, []);
    await expect(readTrainingReport(store, 'run')).rejects.toThrow(LedgerConflictError);
  });
});
