import { CancellationScope, ParentClosePolicy, executeChild, log } from '@temporalio/workflow';

import type { Configuration } from '../config/configuration.ts';
import { policyEvaluation } from './policy-evaluation.ts';
import { evaluationId } from './workflow-ids.ts';

/** Evaluates the weights that a step has left, where the run asks for it. One that fails is no reason to end the run. */
export async function evaluateStep(runId: string, config: Configuration, step: number): Promise<void> {
  const evaluation = config.training?.evaluation;
  if (evaluation === undefined || step % evaluation.every !== 0) return;
  const { bugs } = evaluation;
  try {
    await executeChild(policyEvaluation, {
      workflowId: evaluationId(runId, step),
      args: [{ config, bugs, weights: { run: runId, step } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `after step ${step}, on ${bugs}`,
    });
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    log.warn('the weights of a step could not be evaluated', { runId, step, error });
  }
}
