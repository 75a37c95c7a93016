import { expect, it } from 'vitest';
import { trainabilityOf, type PlayedTurn } from '../../../src/domain/record/trajectory.ts';

const bare: PlayedTurn = { turn: 0, policyVersion: 1 };
const withTokens = { ...bare, tokens: { prompt: [1], completion: [2], logprobs: [-0.5] } };
const withDecisions = { ...bare, turn: 1, decisions: [{ name: 'edit', candidates: [[1]], chosen: 0, logprob: 0 }] };

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
  ['a person ended it', 'cancelled', [withTokens], 'the rollout was cancelled'],
  ['there is no turn', 'no-submission', [], 'the policy never replied'],
  [
    'a log-probability is missing',
    'submitted',
    [withTokens, { ...withTokens, turn: 1, tokens: { prompt: [1], completion: [2], logprobs: [] } }],
    'turn 1 has 0 log-probabilities for 1 sampled tokens',
  ],
  [
    'a log-probability is above 0',
    'submitted',
    [{ ...withTokens, tokens: { prompt: [1], completion: [2], logprobs: [0.5] } }],
    'turn 0 has a log-probability that is not finite, or above 0',
  ],
  [
    'another tokenizer has written a turn',
    'submitted',
    [
      { ...withTokens, modelFiles: { tokenizer: 'a', chatTemplate: 'b' } },
      { ...withTokens, turn: 1, modelFiles: { tokenizer: 'c', chatTemplate: 'b' } },
    ],
    'turn 1 was written with another tokenizer or chat template',
  ],
  [
    'the log-probability of a decision is not finite',
    'submitted',
    [{ ...withDecisions, decisions: [{ name: 'edit', candidates: [[1]], chosen: 0, logprob: NaN }] }],
    'turn 1 has a log-probability that is not finite, or above 0',
  ],
] as const)('is not trainable when %s', (_, outcome, turns, reason) => {
  expect(trainabilityOf(outcome, turns)).toEqual({ trainable: false, reason });
});
