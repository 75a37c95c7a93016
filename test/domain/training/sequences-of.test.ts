import fc from 'fast-check';
import { expect, it } from 'vitest';

import { trainabilityOf, type PlayedTurn } from '../../../src/domain/record/trajectory.ts';
import { trainedUnits } from '../../../src/domain/training/sequence.ts';
import { sequencesOf } from '../../../src/domain/training/sequences-of.ts';
import { arbitraryTurns, journaled } from './arbitrary-turns.ts';

const rollout = {
  rolloutId: 'run/solver-1',
  groupId: 'run/episode-0',
  role: 'solver',
  advantage: 0.5,
  temperature: 1,
} as const;
const tokens = (prompt: number[], completion: number[]) => ({ prompt, completion, logprobs: completion.map(() => -1) });
const decision = (chosen: number) => ({ name: 'edit', candidates: [[1], [0]], chosen, logprob: -0.7 });

it('gives each fork its own name, and all of them the advantage of the rollout', () => {
  const turns: readonly PlayedTurn[] = [
    { turn: 0, policyVersion: 3, tokens: tokens([1], [2]) },
    { turn: 1, policyVersion: 4, tokens: tokens([1, 9], [5]) },
    { turn: 2, policyVersion: 4, tokens: tokens([8], [5]) },
  ];
  const sequences = [...sequencesOf({ ...rollout, turns })];
  expect(sequences.map(({ sequenceId }) => sequenceId)).toEqual(['run/solver-1', 'run/solver-1#1', 'run/solver-1#2']);
  for (const sequence of sequences) expect(sequence).toMatchObject({ ...rollout, kind: 'tokens' });
});

it('puts the decisions of all turns into one sequence, of the oldest weights', () => {
  const turns: readonly PlayedTurn[] = [
    { turn: 0, policyVersion: 3, decisions: [decision(0)] },
    { turn: 1, policyVersion: 2, decisions: [] },
    { turn: 2, policyVersion: 4, decisions: [decision(1), decision(0)] },
  ];
  expect([...sequencesOf({ ...rollout, turns })]).toEqual([
    {
      ...{ kind: 'decisions', sequenceId: 'run/solver-1', ...rollout },
      ...{ decisions: [decision(0), decision(1), decision(0)], version: 2 },
    },
  ]);
});

it('makes nothing of a rollout in which nothing was chosen', () => {
  expect([...sequencesOf({ ...rollout, turns: [{ turn: 0, policyVersion: 0, decisions: [] }] })]).toEqual([]);
});

it('takes every rollout that is called trainable, and trains all that it sampled', () => {
  fc.assert(
    fc.property(arbitraryTurns, (whole) => {
      const turns = journaled(whole).map((played, turn) => ({ turn, ...played }));
      fc.pre(trainabilityOf('submitted', turns).trainable);
      const units = [...sequencesOf({ ...rollout, turns })].reduce((sum, sequence) => sum + trainedUnits(sequence), 0);
      const first = whole.filter(({ tokens: { prompt, completion } }) => prompt.length === 0 && completion.length > 0);
      expect(units).toBe(whole.reduce((sum, { tokens: { completion } }) => sum + completion.length, 0) - first.length);
    }),
  );
});

it.each([
  ['no token ids for a turn', [{ turn: 0, policyVersion: 1 }]],
  [
    'tokens in one turn and decisions in the next',
    [
      { turn: 0, policyVersion: 1, tokens: tokens([1], [2]) },
      { turn: 1, policyVersion: 1, decisions: [] },
    ],
  ],
] as const)('refuses a rollout with %s', (_, turns) => {
  expect(trainabilityOf('submitted', turns).trainable).toBe(false);
  expect(() => [...sequencesOf({ ...rollout, turns })]).toThrow(RangeError);
});
