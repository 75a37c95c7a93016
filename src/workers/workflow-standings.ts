import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import type { WorkflowStandings } from '../activities/run/sweep-episodes.ts';

/** The end of a workflow; one that is paused, or of which the server says something new, may still go on. */
const CLOSED: readonly string[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED_AS_NEW'];

export function createWorkflowStandings({ workflow }: Client): WorkflowStandings {
  return {
    standingOf: async (workflowId) => {
      try {
        const { status } = await workflow.getHandle(workflowId).describe();
        return CLOSED.includes(status.name) ? 'closed' : 'running';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'absent';
        throw error;
      }
    },
  };
}
