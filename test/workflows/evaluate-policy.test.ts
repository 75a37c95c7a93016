import { setImmediate } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { evaluatePolicy, newEvaluation, type EvaluationSteps } from '../../src/workflows/evaluate-policy.ts';
import { anEpisodeInput, aSubject } from '../support/run-fixture.ts';

/** An evaluation of so many tasks, two a page; task 1 is solved, 2 is lost. */
function createWorld(tasks: number, continueAfter = Number.POSITIVE_INFINITY) {
  const played: number[] = [];
  let atOnce = 0;
  let peak = 0;
  let pages = 0;
  const steps: EvaluationSteps = {
    readTasks: (from) => {
      pages += 1;
      return Promise.resolve(
        Array.from({ length: Math.min(2, tasks - from) }, (_, index) => ({
          ...{ id: String(from + index), artifactId: 'bug', subject: aSubject(), strategy: 'removal' },
        })),
      );
    },
    playTask: async ({ id }, index) => {
      expect(id).toBe(String(index));
      played.push(index);
      peak = Math.max(peak, (atOnce += 1));
      await setImmediate();
      atOnce -= 1;
      return index === 1 ? 'solved' : index === 2 ? 'lost' : 'unsolved';
    },
    tell: () => undefined,
    shouldContinueAsNew: () => pages >= continueAfter,
  };
  const { config } = anEpisodeInput({ config: { episode_window: 2 } });
  return { steps, played, peak: () => peak, plan: { config, libraryId: 'library', tasks } };
}

describe('an evaluation', () => {
  it('plays every task once, a window of them at once', async () => {
    const { steps, played, peak, plan } = createWorld(5);
    const progress = await evaluatePolicy(plan, newEvaluation('evaluation'), steps);
    expect(progress).toEqual({
      ...{ evaluationId: 'evaluation', tasks: 5, solved: 1, unsolved: 3, lost: 1, finished: true },
    });
    expect(played.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(peak()).toBe(2);
  });

  it('goes on in a new life where the last one has stopped', async () => {
    const first = createWorld(5, 1);
    const half = await evaluatePolicy(first.plan, newEvaluation('evaluation'), first.steps);
    expect(half).toMatchObject({ solved: 1, unsolved: 1, lost: 0, finished: false });
    const second = createWorld(5);
    const whole = await evaluatePolicy(second.plan, half, second.steps);
    expect(second.played.toSorted()).toEqual([2, 3, 4]);
    expect(whole).toMatchObject({ solved: 1, unsolved: 3, lost: 1, finished: true });
  });
});
