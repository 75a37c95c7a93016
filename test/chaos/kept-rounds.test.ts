import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { forgetRounds, keepRounds, readKeptRounds } from './kept-rounds.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-kept-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const chaos = { backend: 'bubblewrap', seed: 1, faults: 80 } as const;
const end = { verdict: 'consistent', check: null, solveRate: 0.5, results: ['solver 0: 1'] };
const findings = {
  ...{ episodesLost: [], episodesDoubled: [], rewardsDoubled: [], repliesPaidTwice: [] },
  ...{ openIntents: ['one'], commandsRepeated: [], verdictsChanged: [], orphans: [] },
};
const played = {
  rounds: [{ kinds: ['load'], episodes: 4, findings }],
  reference: new Map([['scripted/episode-0', end]]),
};

describe('rounds that have been played', () => {
  it('are there for the same chaos, and for no other', () => {
    const file = join(directory, 'chaos.progress');
    keepRounds(file, { ...chaos, ...played });
    expect(readKeptRounds(file, chaos)).toEqual(played);
    const none = { rounds: [], reference: undefined };
    for (const other of [{ seed: 2 }, { faults: 81 }, { backend: 'docker' } as const]) {
      expect(readKeptRounds(file, { ...chaos, ...other })).toEqual(none);
    }
    forgetRounds(file);
    expect(readKeptRounds(file, chaos)).toEqual(none);
  });
});
