import { makeContinueAsNewFunc, workflowInfo, type Workflow } from '@temporalio/workflow';

/** Whether this life of a workflow should end soon: its history has grown long, or a new version of the code is current. */
export function isNextLifeDue(): boolean {
  const { continueAsNewSuggested, targetWorkerDeploymentVersionChanged } = workflowInfo();
  return continueAsNewSuggested || targetWorkerDeploymentVersionChanged;
}

/**
 * Continues as new on the version of the code that is current then. So a run of days comes to a new version without a
 * patch marker, while its episodes end on the one on which they began. Where workers have no version, there is one.
 */
export function beginNextLife<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  return makeContinueAsNewFunc<F>({ initialVersioningBehavior: 'AUTO_UPGRADE' })(...args);
}
