import { beforeAll, describe, expect, it } from 'vitest';

import { logProbabilities } from '../../../src/domain/training/log-linear.ts';
import { DEFAULT_WEIGHTS, type Weights } from '../../../src/policy/embedded/choice/default-weights.ts';
import { createEmbeddedPolicy } from '../../../src/policy/embedded/embedded-policy.ts';
import type { PolicyRequest } from '../../../src/policy/policy.ts';
import { aFixtureProject } from './fixture-project.ts';
import { playRollout, type PlayedRollout } from './play-rollout.ts';
import { injectorPrompt } from './prompts.ts';

/** A rollout runs the fixture's tests about ten times; on a loaded machine that takes a while. */
const PATIENCE = 60_000;
const SEED = 23;
const signal = new AbortController().signal;

async function play(seed: number): Promise<PlayedRollout> {
  using project = aFixtureProject('unittest');
  const task = { role: 'injector' as const, prompt: injectorPrompt('removal'), seed };
  return await playRollout(createEmbeddedPolicy(), task, project);
}

describe('embedded policy', () => {
  let played: PlayedRollout;
  beforeAll(async () => {
    played = await play(SEED);
  }, PATIENCE);

  function aRequest(length: number, seed = SEED): PolicyRequest {
    const sampling = { temperature: 1, topP: 1, maxTokens: 32768 };
    return { role: 'injector', messages: played.messages.slice(0, length), sampling, seed };
  }

  it('goes on the same way wherever a rollout is taken up', async () => {
    for (let length = 2; length < played.messages.length; length += 2) {
      const { text } = await createEmbeddedPolicy().sample(aRequest(length), { signal });
      expect(text).toBe(played.messages[length]?.content);
    }
  });

  it('goes on where it was when the weights change in mid-rollout', async () => {
    const turned = (weights: readonly number[]) => weights.map((weight) => -weight);
    const weights: Weights = {
      ...DEFAULT_WEIGHTS,
      'breaking-edit': turned(DEFAULT_WEIGHTS['breaking-edit']),
      'broken-function': turned(DEFAULT_WEIGHTS['broken-function']),
      'kept-bug': turned(DEFAULT_WEIGHTS['kept-bug']),
    };
    const submission = played.messages.findIndex(({ content }) => content.includes('<tool: submit>'));
    const publication = { kind: 'embedded', version: 9, sha256: 'weights', bytes: 1 } as const;
    const policy = createEmbeddedPolicy({ readWeights: () => Promise.resolve(weights) });
    const reply = await policy.sample({ ...aRequest(submission), publication }, { signal });
    expect(reply.text).toBe(played.messages[submission]?.content);
    expect(reply.policyVersion).toBe(9);
  });

  it(
    'differs between seeds',
    async () => {
      const others = [await play(1), await play(2), await play(3)];
      const bugs = [played, ...others].map(({ submission }) => submission?.['bug_inject.diff']);
      expect(new Set(bugs).size).toBeGreaterThan(1);
    },
    PATIENCE,
  );

  it('records each decision with its candidates and its log-probability under the weights', () => {
    expect(played.decisions.map(({ name }) => name)).toContain('breaking-edit');
    const weightsOf = new Map<string, readonly number[]>(Object.entries(DEFAULT_WEIGHTS));
    for (const { name, candidates, chosen, logprob } of played.decisions) {
      const weights = weightsOf.get(name) ?? [];
      expect(candidates.every((features) => features.length === weights.length)).toBe(true);
      expect(logprob).toBeCloseTo(logProbabilities({ weights, temperature: 1 }, candidates)[chosen] ?? Number.NaN, 12);
    }
  });

  it('counts tokens, so that budgets hold for it as for a model', async () => {
    const { usage, finish } = await createEmbeddedPolicy().sample(aRequest(4), { signal });
    expect(finish).toBe('stop');
    expect(usage.promptTokens).toBeGreaterThan(0);
    expect(usage.completionTokens).toBeGreaterThan(0);
  });

  it('asks nothing once it is aborted', async () => {
    const reason = new Error('fenced');
    const aborted = createEmbeddedPolicy().sample(aRequest(2), { signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
  });
});
