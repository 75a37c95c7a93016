import { describe, expect, it } from 'vitest';

import { renderRewardLine, rewardLines } from '../../../src/cli/records/reward-arithmetic.ts';
import { aReward } from '../../store/ledger-builders.ts';

const config = { attempts: 8, injectionGroups: 1, rewards: { alpha: 0.8, variant: 'solve-rate' } } as const;
const injector = aReward({ role: 'injector', reward: 0.325, advantage: 0.1 });

describe('the arithmetic of a reward', () => {
  it.each([
    [{ verdict: 'consistent', solveRate: 0.375 } as const, '1 - (1 + 0.8) × 0.375, for s = 0.375'],
    [{ verdict: 'consistent', solveRate: 1 } as const, '-0.8, for s = 1 teaches nothing'],
    [{ verdict: 'inconsistent', solveRate: null } as const, 'no consistent bug'],
  ])('of an injector with %j is %s', (episode, from) => {
    expect(rewardLines(episode, [injector], config)[0]?.from).toBe(from);
  });

  it('names the variant that pays every bug alike', () => {
    const variant = { ...config, rewards: { alpha: 0.8, variant: 'consistency-only' } } as const;
    const [line] = rewardLines({ verdict: 'consistent', solveRate: 0.5 }, [injector], variant);
    expect(line?.from).toContain('consistency-only');
  });

  it('puts the injector first and solvers in the order of their attempts', () => {
    const rewards = [aReward({ attempt: 1 }), injector, aReward({ attempt: 0, reward: 1 })];
    const lines = rewardLines({ verdict: 'consistent', solveRate: 0.5 }, rewards, config);
    expect(lines.map(({ role, attempt }) => [role, attempt])).toEqual([
      ['injector', 0],
      ['solver', 0],
      ['solver', 1],
    ]);
  });

  it('reads as a sentence, with the advantage where it is settled', () => {
    const [line] = rewardLines({ verdict: 'consistent', solveRate: 0.375 }, [injector], config);
    expect(line && renderRewardLine(line)).toBe(
      "injector: +0.325 (1 - (1 + 0.8) × 0.375, for s = 0.375), advantage +0.1 over the group's mean",
    );
  });
});
