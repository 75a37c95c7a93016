import { beforeEach, describe, expect, it } from 'vitest';

import { LedgerConflictError } from '../../src/domain/failure/errors.ts';
import type { TrainingGroupRow, TrainingReceiptRow } from '../../src/domain/record/training-rows.ts';
import type { Ledger } from '../../src/store/store.ts';
import { AT, LATER, aBlobRef, openAll } from './ledger-builders.ts';

function aGroup(changes: Partial<Omit<TrainingGroupRow, 'step'>> = {}): Omit<TrainingGroupRow, 'step'> {
  const weight = { rollouts: 8, units: 40, policyVersion: 3 };
  return { groupId: 'one', runId: 'run', role: 'solver', standing: 'ready', ...weight, weighedAt: AT, ...changes };
}

const aStep = { runId: 'run', step: 1, manifest: aBlobRef(), policyVersion: 3, assembledAt: AT };

function aReceipt(changes: Partial<TrainingReceiptRow> = {}): TrainingReceiptRow {
  const lies = { session: '{"model":"a"}', publication: '{"version":1}', checkpoint: null, metrics: '{}' };
  const served = { served: '{"probes":{}}', losses: 0 };
  return { runId: 'run', step: 1, policyVersion: 1, ...lies, ...served, trainedAt: AT, ...changes };
}

export function describeTraining(ledger: () => Ledger): void {
  describe('training groups', () => {
    beforeEach(() => openAll(ledger()));

    it('are weighed once, and listed in that order', async () => {
      await ledger().recordTrainingGroup(aGroup());
      await ledger().recordTrainingGroup(aGroup({ groupId: 'two', standing: 'no-signal', weighedAt: LATER }));
      await ledger().recordTrainingGroup(aGroup({ weighedAt: LATER }));
      expect(await ledger().listTrainingGroups('run')).toEqual([
        { ...aGroup(), step: null },
        { ...aGroup({ groupId: 'two', standing: 'no-signal', weighedAt: LATER }), step: null },
      ]);
      expect(await ledger().listTrainingGroups('other')).toEqual([]);
      await expect(ledger().recordTrainingGroup(aGroup({ units: 41 }))).rejects.toThrow(LedgerConflictError);
    });

    it('are in one step at most, and what is stale is in none', async () => {
      for (const groupId of ['one', 'two', 'old']) await ledger().recordTrainingGroup(aGroup({ groupId }));
      const first = { step: aStep, groups: ['one'], stale: ['old'] };
      await ledger().recordTrainingStep(first);
      await ledger().recordTrainingStep({ ...first, step: { ...aStep, assembledAt: LATER } });
      expect(await ledger().findTrainingStep('run', 1)).toEqual(aStep);
      const again = { step: { ...aStep, step: 2 }, groups: ['two', 'one'], stale: [] };
      await expect(ledger().recordTrainingStep(again)).rejects.toThrow('training group one that is in no other step');
      expect(await ledger().findTrainingStep('run', 2)).toBeUndefined();
      const standings = (await ledger().listTrainingGroups('run')).map(({ groupId, standing, step }) => [
        groupId,
        standing,
        step,
      ]);
      expect(standings).toEqual([
        ['old', 'stale', null],
        ['one', 'ready', 1],
        ['two', 'ready', null],
      ]);
    });

    it('are weighed again without a conflict when they are in a step or stale by then', async () => {
      await ledger().recordTrainingGroup(aGroup());
      await ledger().recordTrainingGroup(aGroup({ groupId: 'old' }));
      await ledger().recordTrainingStep({ step: aStep, groups: ['one'], stale: ['old'] });
      await ledger().recordTrainingGroup(aGroup());
      await ledger().recordTrainingGroup(aGroup({ groupId: 'old' }));
      expect(await ledger().listTrainingGroups('run')).toMatchObject([{ standing: 'stale' }, { step: 1 }]);
    });

    it('refuse another manifest for the same step', async () => {
      await ledger().recordTrainingStep({ step: aStep, groups: [], stale: [] });
      const other = { step: { ...aStep, manifest: aBlobRef('b') }, groups: [], stale: [] };
      await expect(ledger().recordTrainingStep(other)).rejects.toThrow(LedgerConflictError);
    });

    it('may all teach nothing, and then a step has no manifest', async () => {
      await ledger().recordTrainingStep({ step: { ...aStep, manifest: null }, groups: [], stale: [] });
      expect(await ledger().findTrainingStep('run', 1)).toEqual({ ...aStep, manifest: null });
    });
  });

  describe('receipts of a trainer', () => {
    beforeEach(() => openAll(ledger()));

    it('are found by step, the newest, and the newest with a checkpoint', async () => {
      expect(await ledger().newestReceipt('run')).toBeUndefined();
      expect(await ledger().newestCheckpoint('run')).toBeUndefined();
      const begun = aReceipt({ step: 0, policyVersion: 0, checkpoint: '{"path":"zero"}' });
      await ledger().recordReceipt(begun);
      await ledger().recordReceipt(aReceipt());
      expect(await ledger().findReceipt('run', 1)).toEqual(aReceipt());
      expect(await ledger().findReceipt('run', 2)).toBeUndefined();
      expect(await ledger().newestReceipt('run')).toEqual(aReceipt());
      expect(await ledger().newestCheckpoint('run')).toEqual(begun);
      expect(await ledger().listReceipts('run')).toEqual([begun, aReceipt()]);
    });

    it('tell the newest whose weights are served', async () => {
      const begun = aReceipt({ step: 0, policyVersion: 0 });
      await ledger().recordReceipt(begun);
      await ledger().recordReceipt(aReceipt({ served: null }));
      expect(await ledger().newestServed('run')).toEqual(begun);
      await ledger().recordReceipt(aReceipt({ losses: 2 }));
      expect(await ledger().newestServed('run')).toEqual(aReceipt({ losses: 2 }));
    });

    it('keep what was measured, and say where the weights lie now', async () => {
      await ledger().recordReceipt(aReceipt());
      const lies = { session: '{"model":"b"}', publication: '{"version":1,"path":"b"}' };
      await ledger().recordReceipt(aReceipt({ ...lies, metrics: '{"loss":2}', trainedAt: LATER }));
      expect(await ledger().findReceipt('run', 1)).toEqual({ ...aReceipt(), ...lies });
    });
  });
}
