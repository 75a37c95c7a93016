import { describe, expect, it } from 'vitest';

import type { Turn } from '../../../src/activities/rollout/journal.ts';
import { snapshotNeed } from '../../../src/activities/rollout/snapshot-need.ts';

const BEGAN = Date.parse('2026-01-02T03:04:05Z');
const ref = (bytes: number) => ({ sha256: 'a'.repeat(64), bytes });

/** A turn that ended so many seconds after the rollout began. */
function aTurn(seconds: number, changes: { commandMs?: number; savedBytes?: number; ended?: boolean } = {}): Turn {
  const { commandMs = 0, savedBytes, ended = false } = changes;
  const at = (after: number) => new Date(BEGAN + after * 1000).toISOString();
  return {
    row: {
      ...{ rolloutId: 'rollout', turn: 0, epoch: 1, reply: ref(1), policyVersion: 0, sandbox: 'sandbox' },
      ...{ promptTokens: 0, completionTokens: 0, costUsd: 0, observation: ref(1), activity: 'solveBug' },
      ...{ repliedAt: at(seconds), observedAt: at(seconds) },
      snapshot: savedBytes === undefined ? null : ref(savedBytes),
      savedAt: savedBytes === undefined ? null : at(seconds),
    },
    prompt: ref(1),
    reply: {
      ...{ text: '', finish: 'stop', policyVersion: 0 },
      usage: { promptTokens: 0, completionTokens: 0, costUsd: 0 },
    },
    observation: { format: 'observation-1', text: '', submission: null, commandMs, testsDiscovered: false, ended },
  };
}

describe('a snapshot', () => {
  it.each([
    ['is due when as much command time is unsaved', [aTurn(0, { commandMs: 4000 }), aTurn(1, { commandMs: 6000 })]],
    ['is due whatever the last one cost', [aTurn(0, { savedBytes: 1e9 }), aTurn(1, { commandMs: 10_000 })]],
  ])('%s', (_, turns) => {
    expect(snapshotNeed(turns, { snapshotSeconds: 10 })).toBe('due');
  });

  it.each([
    ['at the beginning', [aTurn(0), aTurn(3)]],
    ['right after another one', [aTurn(0), aTurn(100, { savedBytes: 1000 }), aTurn(103)]],
    ['soon after a large one', [aTurn(0), aTurn(100, { savedBytes: 80_000_000 }), aTurn(200)]],
    ['of command time that is saved', [aTurn(0, { commandMs: 20_000, savedBytes: 1 }), aTurn(1, { commandMs: 1 })]],
    ['when the rollout is over', [aTurn(0), aTurn(1000, { ended: true })]],
  ])('is not taken %s', (_, turns) => {
    expect(snapshotNeed(turns, { snapshotSeconds: 10 })).toBe('not-yet');
  });

  it.each([
    ['the beginning', [aTurn(0), aTurn(5)]],
    ['a small one', [aTurn(0), aTurn(100, { savedBytes: 1000 }), aTurn(105)]],
    ['a large one', [aTurn(0), aTurn(100, { savedBytes: 80_000_000 }), aTurn(510)]],
  ])('is taken of a changed tree once %s is long enough ago', (_, turns) => {
    expect(snapshotNeed(turns, { snapshotSeconds: 10 })).toBe('if-tree-changed');
  });

  it('is looked for again once the last look that found no change is as long ago', () => {
    const numbered = [aTurn(0), aTurn(100), aTurn(103), aTurn(105)].map((turn, index) => ({
      ...turn,
      row: { ...turn.row, turn: index },
    }));
    const need = (turns: number) => snapshotNeed(numbered.slice(0, turns), { snapshotSeconds: 10, unchangedAfter: 1 });
    expect([need(3), need(4)]).toEqual(['not-yet', 'if-tree-changed']);
  });
});
