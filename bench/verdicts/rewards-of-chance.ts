import { gradeFinding } from '../../src/domain/grading/grading.ts';
import { expectedInjectorReward, injectorReward } from '../../src/domain/reward/rewards.ts';
import { DEFAULT_REWARD } from '../../test/support/defaults.ts';
import { solveRate, type AttemptOutcome } from '../../src/domain/reward/solve-rate.ts';
import { expectedAcceptance, type Circumstances, type Sampling, type Series } from './acceptance.ts';
import { isAccepted } from './random-artifact.ts';
import { reported, runOf, STEADY_TESTS, testsOfBug, type RandomBug } from './random-bug.ts';

/** The paper's group. */
const GROUP_SIZE = 8;

/** Mean reward of an injector whose artifacts fail by chance, refused ones included, when solvers do nothing about it. */
export function rewardOfChance(
  circumstances: Circumstances,
  gradings: 1 | 2,
  { rates, artifacts, seed }: Sampling,
): Series {
  const tests = testsOfBug(circumstances.tests);
  const rewardOf = (bug: RandomBug): number => {
    if (!isAccepted(bug, circumstances)) return injectorReward({ consistent: false }, DEFAULT_REWARD);
    return injectorReward({ consistent: true, solveRate: solveRateOf(bug, gradings) }, DEFAULT_REWARD);
  };
  const measured = (failureRate: number): number => {
    const rewards = Array.from({ length: artifacts }, (_, index) =>
      rewardOf({ seed: seed + index, kind: circumstances.kind, tests, failureRate }),
    );
    return rewards.reduce((sum, reward) => sum + reward, 0) / artifacts;
  };
  return {
    points: rates.map((failureRate) => ({ failureRate, measured: measured(failureRate) })),
    closedForm: (failureRate) => expectedReward(failureRate, circumstances, gradings),
  };
}

/**
 * R(p) of docs/specification.md#rewards at p = (1 - q)^(kg) for k tests and g draws, weighed with the chance to be
 * accepted.
 */
function expectedReward(failureRate: number, circumstances: Circumstances, gradings: 1 | 2): number {
  const accepted = expectedAcceptance(failureRate, circumstances);
  const solved = (1 - failureRate) ** (circumstances.tests * drawsOf(circumstances.kind, gradings));
  return accepted * expectedInjectorReward(solved, GROUP_SIZE, DEFAULT_REWARD.alpha) - (1 - accepted);
}

/** How many independent draws one attempt meets, where attempts are independent of each other. */
function drawsOf(kind: Circumstances['kind'], gradings: 1 | 2): number {
  if (kind === 'the run') return gradings;
  if (kind === 'its own text') return 1;
  throw new RangeError(`failures seeded by ${kind} are the same for every attempt`);
}

function solveRateOf(bug: RandomBug, gradings: 1 | 2): number {
  const attempts = Array.from({ length: GROUP_SIZE }, (_, attempt): AttemptOutcome => {
    const solved = Array.from({ length: gradings }, (_, repeat) => isSolved(bug, attempt, repeat));
    return solved.every(Boolean) ? 'solved' : 'unsolved';
  });
  return solveRate(attempts) ?? 0;
}

function isSolved(bug: RandomBug, attempt: number, repeat: number): boolean {
  const ids = [...STEADY_TESTS, ...bug.tests];
  // Far from the runs of validation.
  const run = runOf(bug, { run: 1000 + attempt * 2 + repeat, repeat, content: `attempt ${attempt}`, day: 0 });
  const clean = { passed: ids, ids, exitCodes: [reported([], bug.tests).exitCode ?? 0], unsupported: [] };
  return gradeFinding({ clean, quarantined: [], run }).solved;
}
