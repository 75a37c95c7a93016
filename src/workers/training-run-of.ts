import type { WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';

const trainingRun = defineSearchAttributeKey('TrainingRun', 'KEYWORD');

/** The run that a workflow belongs to, by its search attribute; undefined for one that somebody started by itself. */
export function trainingRunOf({ typedSearchAttributes }: WorkflowExecutionInfo): string | undefined {
  return typedSearchAttributes.get(trainingRun);
}
