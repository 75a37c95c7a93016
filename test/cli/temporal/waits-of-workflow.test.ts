import { describe, expect, it } from 'vitest';

import { waitsOfWorkflow, type DescribedWorkflow } from '../../../src/cli/temporal/waits-of-workflow.ts';

const NOW_MS = 1_000_000;
const SCHEDULED = 1;
const STARTED = 2;
const PAUSED = 4;

const at = (seconds: number) => ({ seconds, nanos: 0 });
const text = (value: string) => ({ data: Buffer.from(JSON.stringify(value)) });

const waitsOf = (described: DescribedWorkflow) => waitsOfWorkflow(described, { nowMs: NOW_MS, patienceMs: 300_000 });

/** Of an activity that was started a moment ago. */
function waitsOfActivity(changes: NonNullable<DescribedWorkflow['pendingActivities']>[number]) {
  const activity = { activityId: '7', activityType: { name: 'solveBug' }, state: STARTED, attempt: 1 };
  return waitsOf({ pendingActivities: [{ ...activity, lastStartedTime: at(999), ...changes }] });
}

const saying = (said: string) => ({ heartbeatDetails: { payloads: [text(said)] }, lastHeartbeatTime: at(998) });

describe('a workflow that goes on', () => {
  it('waits for nothing', () => {
    expect(waitsOf({})).toEqual([]);
    expect(waitsOfActivity({})).toEqual([]);
    expect(waitsOfActivity(saying('turn 3: bash pytest, 290 s'))).toEqual([]);
    expect(waitsOf({ pendingWorkflowTask: { scheduledTime: at(999) } })).toEqual([]);
  });
});

describe('a workflow that waits', () => {
  it('is told by its mark, and by nothing once the mark is taken away', () => {
    const marked = (data: Uint8Array) => ({
      workflowExecutionInfo: { searchAttributes: { indexedFields: { WaitingFor: { data } } } },
    });
    expect(waitsOf(marked(text('policy').data))).toEqual([
      { waitsFor: 'policy', detail: null, sinceMs: null, attempt: null, event: 'mark' },
    ]);
    expect(waitsOf(marked(new Uint8Array()))).toEqual([]);
  });

  it('is told by an activity that is tried again, with what its last try failed with', () => {
    expect(waitsOfActivity({ attempt: 3, lastFailure: { message: 'no space' } })).toEqual([
      { waitsFor: 'solveBug', detail: 'no space', sinceMs: null, attempt: 3, event: { activityId: '7' } },
    ]);
  });

  it('is told by an activity that a person has paused', () => {
    expect(waitsOfActivity({ state: PAUSED })).toMatchObject([{ waitsFor: 'unpause', detail: 'solveBug is paused' }]);
  });

  it('is told by an activity that has been at the same thing for long, since it began that', () => {
    expect(waitsOfActivity(saying('turn 3: waiting for my-model, 400 s'))).toEqual([
      { waitsFor: 'solveBug', detail: 'turn 3: waiting for my-model, 400 s', sinceMs: 598_000, attempt: 1 },
    ]);
    expect(waitsOfActivity(saying('turn 3: waiting, 400 s, on a machine under load'))).toHaveLength(1);
    expect(waitsOfActivity({ lastStartedTime: at(600) })).toMatchObject([{ detail: null, sinceMs: 600_000 }]);
  });

  it('is told by what no worker takes', () => {
    expect(waitsOfActivity({ state: SCHEDULED, scheduledTime: at(100) })).toEqual([
      { waitsFor: 'worker', detail: 'no worker has taken solveBug', sinceMs: 100_000, attempt: 1 },
    ]);
    const pendingWorkflowTask = { originalScheduledTime: at(50), scheduledTime: at(999), attempt: 1 };
    expect(waitsOf({ pendingWorkflowTask })).toMatchObject([{ waitsFor: 'worker', sinceMs: 50_000, attempt: 1 }]);
  });

  it('is told by a workflow task that fails', () => {
    expect(waitsOf({ pendingWorkflowTask: { scheduledTime: at(999), attempt: 4 } })).toEqual([
      { waitsFor: 'worker', detail: expect.any(String), sinceMs: null, attempt: 4, event: 'task' },
    ]);
  });
});
