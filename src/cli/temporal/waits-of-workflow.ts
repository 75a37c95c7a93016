/** Something that a workflow waits for. */
export interface Wait {
  readonly waitsFor: string;
  /** What it says about it, or what its last try failed with. */
  readonly detail: string | null;
  readonly sinceMs: number | null;
  /** Of an activity: which try this is. */
  readonly attempt: number | null;
  /** The event since which it waits, where nothing else tells; undefined where `sinceMs` does. */
  readonly event?: 'mark' | 'pause' | 'task' | { readonly activityId: string };
}

type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;
type Payload = { readonly data?: Uint8Array | null } | null | undefined;

/** What is read of a server's description of a workflow. */
export interface DescribedWorkflow {
  readonly pendingActivities?: readonly DescribedActivity[] | null;
  readonly pendingWorkflowTask?: DescribedTask | null;
  readonly workflowExecutionInfo?: {
    readonly searchAttributes?: { readonly indexedFields?: Readonly<Record<string, Payload>> | null } | null;
  } | null;
}

interface DescribedActivity {
  readonly activityId?: string | null;
  readonly activityType?: { readonly name?: string | null } | null;
  readonly state?: number | null;
  readonly attempt?: number | null;
  readonly heartbeatDetails?: { readonly payloads?: readonly Payload[] | null } | null;
  readonly lastFailure?: { readonly message?: string | null } | null;
  readonly lastHeartbeatTime?: Timestamp;
  readonly scheduledTime?: Timestamp;
  readonly lastStartedTime?: Timestamp;
}

interface DescribedTask {
  readonly attempt?: number | null;
  readonly originalScheduledTime?: Timestamp;
  readonly scheduledTime?: Timestamp;
}

/** Temporal's numbers (temporal.api.enums.v1.PendingActivityState). */
const SCHEDULED = 1;
const PAUSED: readonly unknown[] = [4, 5];

/**
 * What a running workflow waits for: the mark that it carries, an activity that is tried again, that is paused or that
 * nobody takes, a workflow task that no worker does. What goes on as it should is listed once it has done the same thing
 * for `patienceMs`.
 */
export function waitsOfWorkflow(
  { pendingActivities, pendingWorkflowTask, workflowExecutionInfo }: DescribedWorkflow,
  { nowMs, patienceMs }: { readonly nowMs: number; readonly patienceMs: number },
): readonly Wait[] {
  const isLong = ({ sinceMs }: Wait) => sinceMs !== null && nowMs - sinceMs >= patienceMs;
  const mark = readText(workflowExecutionInfo?.searchAttributes?.indexedFields?.WaitingFor);
  // Between two tries it says what it waits for in its details, during one in the heartbeat.
  const said = readText(pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]);
  const activities = (pendingActivities ?? []).map(waitOfActivity);
  const task = pendingWorkflowTask ? [waitOfTask(pendingWorkflowTask)] : [];
  return [
    ...(mark === null ? [] : [{ waitsFor: mark, detail: said, sinceMs: null, attempt: null, event: 'mark' } as const]),
    ...activities.filter((wait) => wait.event !== undefined || isLong(wait)),
    ...task.filter((wait) => wait.event !== undefined || isLong(wait)),
  ];
}

function waitOfActivity(activity: DescribedActivity): Wait {
  const { activityId, activityType, state, lastFailure, scheduledTime, lastStartedTime } = activity;
  const name = activityType?.name ?? '?';
  const attempt = activity.attempt ?? 1;
  const said = readText(activity.heartbeatDetails?.payloads?.[0]);
  const event = { activityId: activityId ?? '' };
  if (PAUSED.includes(state)) {
    return { waitsFor: 'unpause', detail: `${name} is paused`, sinceMs: null, attempt, event };
  }
  if (attempt > 1) {
    return { waitsFor: name, detail: lastFailure?.message ?? said, sinceMs: null, attempt, event };
  }
  if (state === SCHEDULED) {
    return { waitsFor: 'worker', detail: `no worker has taken ${name}`, sinceMs: readTime(scheduledTime), attempt };
  }
  const toldMs = readTime(activity.lastHeartbeatTime);
  const sinceMs = said === null || toldMs === null ? readTime(lastStartedTime) : toldMs - secondsIn(said) * 1000;
  return { waitsFor: name, detail: said, sinceMs, attempt };
}

/** The code of the worker does not fit the history, or fails. */
const TASK_FAILS = 'its workflow task fails; `temporal workflow show` says why';

function waitOfTask(task: DescribedTask): Wait {
  const attempt = task.attempt ?? 1;
  if (attempt > 1) return { waitsFor: 'worker', detail: TASK_FAILS, sinceMs: null, attempt, event: 'task' };
  const sinceMs = readTime(task.originalScheduledTime) ?? readTime(task.scheduledTime);
  return { waitsFor: 'worker', detail: 'no worker has done its workflow task', sinceMs, attempt };
}

/** A heartbeat ends with how long the step has been at it: "turn 17: bash pytest -x, 312 s". */
function secondsIn(heartbeat: string): number {
  return Number(/, (\d+) s(?:,|$)/.exec(heartbeat)?.[1] ?? 0);
}

/** Texts are JSON in what Temporal keeps; undefined, emptied or encoded in another way, they say nothing. */
function readText(payload: Payload): string | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8'));
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

export function readTime(time: Timestamp): number | null {
  if (!time) return null;
  return Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1_000_000;
}
