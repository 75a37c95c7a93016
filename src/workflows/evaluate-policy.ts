import type { EvaluationPlan } from '../activities/evaluation/evaluation-activities.ts';
import type { LibraryBug } from '../domain/library/frozen-bug.ts';
import type { AttemptOutcome } from '../domain/reward/solve-rate.ts';
import { eachOf } from './each-of.ts';

/** How far an evaluation has come; handed on when its workflow continues as new. */
export interface EvaluationProgress {
  readonly evaluationId: string;
  readonly tasks: number;
  readonly solved: number;
  readonly unsolved: number;
  /** Tasks that infrastructure took: they count nowhere. */
  readonly lost: number;
  readonly finished: boolean;
}

export interface EvaluationSteps {
  /** The next tasks, from this index on. */
  readonly readTasks: (from: number) => Promise<readonly LibraryBug[]>;
  /** One attempt, graded. */
  readonly playTask: (task: LibraryBug, index: number) => Promise<AttemptOutcome>;
  readonly tell: (progress: EvaluationProgress) => void;
  readonly shouldContinueAsNew: () => boolean;
}

export function newEvaluation(evaluationId: string): EvaluationProgress {
  return { evaluationId, tasks: 0, solved: 0, unsolved: 0, lost: 0, finished: false };
}

/** One attempt at each task of a library, a window of them at once (docs/evaluation.md#evaluation). */
export async function evaluatePolicy(
  { tasks, config: { episodeWindow } }: EvaluationPlan,
  before: EvaluationProgress,
  steps: EvaluationSteps,
): Promise<EvaluationProgress> {
  let progress = { ...before, tasks };
  const say = (change: Partial<EvaluationProgress>) => {
    progress = { ...progress, ...change };
    steps.tell(progress);
  };
  for (;;) {
    const from = progress.solved + progress.unsolved + progress.lost;
    const page = await steps.readTasks(from);
    const indexed = page.map((task, index) => ({ task, index: from + index }));
    await eachOf(indexed, episodeWindow, async ({ task, index }) => {
      const outcome = await steps.playTask(task, index);
      say({ [outcome]: progress[outcome] + 1 });
    });
    const finished = from + page.length >= tasks;
    say({ finished });
    if (finished || steps.shouldContinueAsNew()) return progress;
  }
}
