import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Decision } from '../../../src/domain/record/decision.ts';
import { logProbabilities } from '../../../src/domain/training/log-linear.ts';
import { createGradientSum } from '../../../src/domain/training/policy-gradient.ts';
import type { DecisionSequence } from '../../../src/domain/training/sequence.ts';
import type { Objective } from '../../../src/domain/training/training-step.ts';

const objective = (loss: Objective['loss']): Objective => ({ loss, ratioMin: 0.8, ratioMax: 1.28 });

function sequenceOf(decisions: readonly Decision[], advantage: number): DecisionSequence {
  const rollout = { sequenceId: 'rollout', rolloutId: 'rollout', groupId: 'group', role: 'solver' } as const;
  return { kind: 'decisions', ...rollout, advantage, temperature: 1, decisions, version: 0 };
}

/** What is to grow, as docs/training.md gives it. */
function objectiveOf(
  loss: Objective['loss'],
  weights: readonly number[],
  decision: Decision,
  advantage: number,
): number {
  const logprob = logProbabilities({ weights, temperature: 1 }, decision.candidates)[decision.chosen] ?? 0;
  const ratio = Math.exp(logprob - decision.logprob);
  const clipped = Math.min(Math.max(ratio, 0.8), 1.28);
  if (loss === 'ppo') return Math.min(ratio * advantage, clipped * advantage);
  return loss === 'importance_sampling' ? ratio * advantage : logprob;
}

const small = fc.double({ min: -2, max: 2, noNaN: true });
const decided = fc.record({
  weights: fc.tuple(small, small),
  candidates: fc.array(fc.tuple(small, small), { minLength: 2, maxLength: 4 }),
  chosen: fc.nat(1),
  moved: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
  advantage: fc.constantFrom(-1.5, -0.5, 0.5, 1.5),
});

describe('the gradient of the objective', () => {
  it.each(['importance_sampling', 'ppo', 'cross_entropy'] as const)('is the slope of %s', (loss) => {
    fc.assert(
      fc.property(decided, ({ weights, candidates, chosen, moved, advantage }) => {
        const now = logProbabilities({ weights, temperature: 1 }, candidates)[chosen] ?? 0;
        const decision = { name: 'a', candidates, chosen, logprob: now - moved };
        // At the bounds themselves the objective has a corner.
        fc.pre([0.8, 1.28].every((bound) => Math.abs(Math.exp(moved) - bound) > 1e-3));
        const sum = createGradientSum({ a: weights }, objective(loss));
        sum.add(sequenceOf([decision], advantage));
        const { gradient } = sum.total();
        for (const dimension of [0, 1]) {
          const shifted = (by: number) =>
            objectiveOf(
              loss,
              weights.map((one, index) => one + (index === dimension ? by : 0)),
              decision,
              advantage,
            );
          const slope = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
          expect(gradient.a?.[dimension]).toBeCloseTo(slope, 4);
        }
      }),
    );
  });

  it('of cispo keeps the slope of log p where ppo has none', () => {
    const candidates = [[1], [0]];
    const decision = { name: 'a', candidates, chosen: 0, logprob: Math.log(0.5) };
    const far = createGradientSum({ a: [2] }, objective('cispo'));
    far.add(sequenceOf([decision], 1));
    const slope = 1 - Math.exp(logProbabilities({ weights: [2], temperature: 1 }, candidates)[0] ?? 0);
    expect(far.total().gradient.a?.[0]).toBeCloseTo(1.28 * slope, 12);
    expect(far.total()).toMatchObject({ decisions: 1, clipped: 1 });
    const flat = createGradientSum({ a: [2] }, objective('ppo'));
    flat.add(sequenceOf([decision], 1));
    expect(flat.total().gradient.a).toEqual([0]);
  });

  it('refuses a decision that these weights know nothing of', () => {
    const sum = createGradientSum({ a: [0] }, objective('ppo'));
    const other = { name: 'b', candidates: [[1], [0]], chosen: 0, logprob: -1 };
    expect(() => {
      sum.add(sequenceOf([other], 1));
    }).toThrow('there is no decision b');
    expect(() => {
      sum.add(sequenceOf([{ ...other, name: 'a', chosen: 2 }], 1));
    }).toThrow('decision a chose no candidate');
  });
});
