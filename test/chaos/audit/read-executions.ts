import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';

import type { Execution } from './evidence.ts';

/** What is read of an event, in Temporal's own JSON. */
const eventSchema = z.object({
  eventId: z.string(),
  eventType: z.string(),
  activityTaskScheduledEventAttributes: z.object({ activityType: z.object({ name: z.string() }) }).optional(),
  activityTaskCompletedEventAttributes: z.object({ scheduledEventId: z.string() }).optional(),
  startChildWorkflowExecutionInitiatedEventAttributes: z.object({ workflowId: z.string() }).optional(),
});

type Event = z.infer<typeof eventSchema>;

/** Every execution of the namespace, with what its history says. */
export async function readExecutions(client: Client): Promise<readonly Execution[]> {
  const executions: Execution[] = [];
  for await (const info of client.workflow.list()) {
    const history = await client.workflow.getHandle(info.workflowId, info.runId).fetchHistory();
    const { events } = z.object({ events: z.array(eventSchema) }).parse(JSON.parse(historyToJSON(history)));
    executions.push(executionOf(info, events));
  }
  return executions;
}

function executionOf({ workflowId, runId, type, status }: WorkflowExecutionInfo, events: readonly Event[]): Execution {
  const scheduled = new Map(
    events.map((event) => [event.eventId, event.activityTaskScheduledEventAttributes?.activityType.name]),
  );
  return {
    workflowId,
    executionId: runId,
    type,
    status: status.name,
    completed: events.flatMap(({ activityTaskCompletedEventAttributes: completed }) => {
      const name = scheduled.get(completed?.scheduledEventId ?? '');
      return name === undefined ? [] : [name];
    }),
    children: events.flatMap(({ startChildWorkflowExecutionInitiatedEventAttributes: child }) =>
      child === undefined ? [] : [child.workflowId],
    ),
  };
}
