import { expect, it } from 'vitest';
import { trainabilityOf, type TrajectoryTurn } from '../../../src/domain/record/trajectory.ts';

const ref = { sha256: '0'.repeat(64), bytes: 1 };
const bare: TrajectoryTurn = { turn: 0, reply: ref, observation: ref, policyVersion: 1 };
const withTokens = { ...bare, tokens: ref };
const withDecisions = { ...bare, turn: 1, decisions: ref };

it.each([
  ['every turn has its tokens', [withTokens, withTokens]],
  ['every turn has its decisions', [withDecisions]],
])('is trainable when %s', (_, turns) => {
  expect(trainabilityOf('no-submission', turns)).toEqual({ trainable: true });
});

it.each([
  [
    'a turn has neither tokens nor decisions',
    'submitted',
    [withTokens, bare],
    'the server returned no token ids for turn 0',
  ],
  ['the kinds are mixed', 'submitted', [withTokens, withDecisions], 'some turns carry tokens and others decisions'],
  ['the machine was lost', 'lost', [withTokens], 'the rollout was lost with its machine'],
  ['there is no turn', 'no-submission', [], 'the policy never replied'],
] as const)('is not trainable when %s', (_, outcome, turns, reason) => {
  expect(trainabilityOf(outcome, turns)).toEqual({ trainable: false, reason });
});
