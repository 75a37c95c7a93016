import {
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import type { EvaluationPlan } from '../activities/evaluation/evaluation-activities.ts';
import { seededInteger } from '../domain/draw/seeded-draw.ts';
import type { LibraryBug } from '../domain/library/frozen-bug.ts';
import type { AttemptOutcome } from '../domain/reward/solve-rate.ts';
import { evaluations, opening } from './activity-proxies.ts';
import { evaluatePolicy, newEvaluation, type EvaluationProgress } from './evaluate-policy.ts';
import { misconfigurationOf, refusingInvalidInput } from './failures.ts';
import { episodeEndedSignal, evaluationProgressQuery } from './messages.ts';
import { beginNextLife, isNextLifeDue } from './next-life.ts';
import { selfPlayEpisode } from './self-play-episode.ts';
import { episodeId } from './workflow-ids.ts';
import { startAttributes } from './workflow-marks.ts';

/** What an earlier life of the same evaluation hands over. */
interface Continuation {
  readonly plan: EvaluationPlan;
  readonly progress: EvaluationProgress;
}

/**
 * One pass of a policy over a frozen library, durable. `input` is what a person gave the Temporal CLI:
 * `{"config": "demo", "bugs": "held-out.jsonl"}`.
 */
export async function policyEvaluation(input: unknown, continuation?: Continuation): Promise<EvaluationProgress> {
  const evaluationId = workflowInfo().workflowId;
  let progress = continuation?.progress ?? newEvaluation(evaluationId);
  setHandler(evaluationProgressQuery, () => progress);
  // An episode tells its run when it is over; here its result is waited for.
  setHandler(episodeEndedSignal, () => undefined);
  const plan =
    continuation?.plan ?? (await refusingInvalidInput(() => opening.openEvaluation({ evaluationId, input })));
  const close = (outcome: 'completed' | 'cancelled' | 'failed') => {
    const { solved, unsolved, lost } = progress;
    return CancellationScope.nonCancellable(() =>
      evaluations.closeEvaluation({ evaluationId, outcome, solved, unsolved, lost }),
    );
  };
  try {
    progress = await evaluatePolicy(plan, progress, {
      readTasks: (from) => evaluations.readTasks({ libraryId: plan.libraryId, from }),
      playTask: (task, index) => playTask(evaluationId, plan, task, index),
      tell: (next) => {
        progress = next;
        const { tasks, solved, unsolved, lost } = next;
        setCurrentDetails(`${solved} solved, ${unsolved} unsolved, ${lost} lost of ${tasks}`);
      },
      shouldContinueAsNew: isNextLifeDue,
    });
  } catch (error) {
    await close(isCancellation(error) ? 'cancelled' : 'failed');
    throw error;
  }
  if (!progress.finished) await beginNextLife<typeof policyEvaluation>(input, { plan, progress });
  await close('completed');
  return progress;
}

/** An episode of one attempt; its seed comes from the task, so that every evaluation draws the same. */
async function playTask(
  runId: string,
  { config, weights }: EvaluationPlan,
  { id, artifactId, subject, strategy }: LibraryBug,
  index: number,
): Promise<AttemptOutcome> {
  const episode = episodeId(runId, index);
  try {
    const { outcome, solveRate } = await executeChild(selfPlayEpisode, {
      workflowId: episode,
      args: [
        {
          ...{ runId, episodeId: episode, subject, strategy, groupId: null, parent: null, bug: artifactId, config },
          seed: seededInteger(config.seed, 'evaluation', id),
          ...(weights === undefined ? {} : { weights }),
        },
      ],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `task ${index} on ${subject.name}`,
      typedSearchAttributes: startAttributes({ trainingRun: runId, repository: subject.name, strategy, bugOrder: 1 }),
    });
    if (outcome !== 'rewarded') return 'lost';
    return solveRate === 1 ? 'solved' : 'unsolved';
  } catch (error) {
    if (isCancellation(error)) throw error;
    const misconfiguration = misconfigurationOf(error);
    if (misconfiguration !== undefined) throw ApplicationFailure.nonRetryable(misconfiguration, 'InvalidConfig');
    return 'lost';
  }
}
