import type { Client, Connection, DescribeWorkflowExecutionResponse } from '@temporalio/client';
import pLimit from 'p-limit';

import { pauseTrainingSignal, resumeTrainingSignal, trainingProgressQuery } from '../../workflows/messages.ts';
import { trainingRunOf } from '../../workers/training-run-of.ts';
import type { WaitingWorkflow } from '../command/temporal-access.ts';
import { readTime, waitsOfWorkflow, type DescribedWorkflow, type Wait } from './waits-of-workflow.ts';

/**
 * A step that goes on as it should is over sooner: a command in two minutes, most replies in one. A reply of ten minutes is
 * listed while it lasts.
 */
const PATIENCE_MS = 5 * 60_000;

/** A window of 200 episodes with eight solvers each; more than a person looks through. */
const MOST_WORKFLOWS = 2_000;

/** Questions at once: a server answers each within milliseconds, and workers ask it, too. */
const AT_ONCE = 8;

/** The newest events, among which a wait began: nothing happens while it lasts. */
const NEWEST_EVENTS = 50;

/** Answered by every workflow of the SDK: its current details, as the Temporal UI shows them. */
export const METADATA_QUERY = '__temporal_workflow_metadata';

/** What waits in a run, or in all runs, since when: the oldest first. */
export async function listWaits(
  client: Client,
  connection: Connection,
  { runId, answerMs }: { readonly runId: string | undefined; readonly answerMs: number },
): Promise<readonly WaitingWorkflow[]> {
  const nowMs = Date.now();
  const limit = pLimit(AT_ONCE);
  const waits = await Promise.all(
    (await listRunning(client, runId)).map(({ workflowId, type, run }) =>
      limit(async () => {
        const described = await inClear(client, (await client.workflow.getHandle(workflowId).describe()).raw);
        const answers = <Answer>(ask: () => Promise<Answer>) => connection.withDeadline(Date.now() + answerMs, ask);
        const paused = type === 'selfPlayTraining' && (await isPaused(client, workflowId, answers));
        const waiting = waitsOfWorkflow(described, { nowMs, patienceMs: PATIENCE_MS });
        const found = [...(paused ? [PAUSED] : []), ...waiting];
        if (found.length === 0) return [];
        const events = await newestEvents(client, workflowId);
        const details = await tellDetails(client, workflowId, answers);
        return found.map(({ waitsFor, detail, attempt, ...wait }) => {
          const since = wait.sinceMs ?? timeOf(wait, events);
          return {
            ...{ workflowId, type, run, waitsFor, attempt, detail: detail ?? details },
            since: since === null ? null : new Date(since).toISOString(),
          };
        });
      }),
    ),
  );
  return waits.flat().sort((one, other) => (one.since ?? '').localeCompare(other.since ?? ''));
}

async function listRunning(client: Client, runId: string | undefined) {
  const which = runId === undefined ? 'TrainingRun IS NOT NULL' : `TrainingRun = ${JSON.stringify(runId)}`;
  const running: { readonly workflowId: string; readonly type: string; readonly run: string }[] = [];
  for await (const workflow of client.workflow.list({ query: `${which} AND ExecutionStatus = "Running"` })) {
    const { workflowId, type } = workflow;
    running.push({ workflowId, type, run: trainingRunOf(workflow) ?? '' });
    if (running.length >= MOST_WORKFLOWS) break;
  }
  return running;
}

/** Heartbeats are encrypted where the deployment encrypts payloads. */
async function inClear({ options }: Client, described: DescribeWorkflowExecutionResponse): Promise<DescribedWorkflow> {
  const { payloadCodecs } = options.loadedDataConverter;
  const pendingActivities = (described.pendingActivities ?? []).map(async (activity) => {
    let payloads = activity.heartbeatDetails?.payloads ?? [];
    for (const codec of payloadCodecs) payloads = await codec.decode(payloads);
    return { ...activity, heartbeatDetails: { payloads } };
  });
  return { ...described, pendingActivities: await Promise.all(pendingActivities) };
}

async function newestEvents({ workflowService, options }: Client, workflowId: string) {
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    ...{ namespace: options.namespace, execution: { workflowId }, maximumPageSize: NEWEST_EVENTS },
  });
  return history?.events ?? [];
}

type Events = Awaited<ReturnType<typeof newestEvents>>;

function timeOf({ event }: Pick<Wait, 'event'>, events: Events): number | null {
  const begun = events.find((one) => {
    if (event === undefined) return false;
    if (event === 'pause') return one.workflowExecutionSignaledEventAttributes?.signalName === pauseTrainingSignal.name;
    if (event === 'task')
      return Boolean(one.workflowTaskFailedEventAttributes ?? one.workflowTaskTimedOutEventAttributes);
    if (event === 'mark') {
      const marked = one.upsertWorkflowSearchAttributesEventAttributes;
      return marked?.searchAttributes?.indexedFields?.WaitingFor !== undefined;
    }
    return one.activityTaskScheduledEventAttributes?.activityId === event.activityId;
  });
  return readTime(begun?.eventTime);
}

const PAUSED: Wait = {
  ...{ waitsFor: resumeTrainingSignal.name, detail: 'the run is paused', sinceMs: null, attempt: null, event: 'pause' },
};

type Answers = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/** False where no worker answers: that shows as something that waits for a worker. */
async function isPaused(client: Client, workflowId: string, answers: Answers): Promise<boolean> {
  try {
    return (await answers(() => client.workflow.getHandle(workflowId).query(trainingProgressQuery))).paused;
  } catch {
    return false;
  }
}

/** The workflow's own words; null where no worker answers. */
async function tellDetails(client: Client, workflowId: string, answers: Answers): Promise<string | null> {
  try {
    const ask = () => client.workflow.getHandle(workflowId).query<{ currentDetails?: string }>(METADATA_QUERY);
    return (await answers(ask)).currentDetails ?? null;
  } catch {
    return null;
  }
}
