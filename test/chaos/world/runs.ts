import { setTimeout as sleep } from 'node:timers/promises';

import { Client, Connection, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';

import { pauseTrainingSignal, resumeTrainingSignal } from '../../../src/workflows/messages.ts';
import { rolloutsBySeed } from '../model/seed-table.ts';
import type { FaultyModel } from '../model/faulty-model.ts';

export type Workload = 'scripted' | 'embedded';

/** The runs of a round, as a user starts, follows, cancels and pauses them. */
export interface Runs {
  readonly client: Client;
  /** Starts the next run of a kind and settles when it has ended, however it did. */
  play(workload: Workload): Promise<void>;
  /** Those under way. */
  readonly open: () => readonly string[];
  readonly cancelled: ReadonlySet<string>;
  cancel(runId: string): Promise<void>;
  pause(runId: string): Promise<void>;
  resume(runId: string): Promise<void>;
  close(): Promise<void>;
}

export interface RunsOptions {
  readonly temporal: string;
  readonly model: FaultyModel;
  readonly modelUrl: string;
  readonly subject: { readonly directory: string; readonly environment: string };
  /** Of the first run; each further one has the next. */
  readonly seed: number;
}

const EPISODES = 2;
const ATTEMPTS = 2;
const REPLAYS = 5;

/** A server that is killed is back within seconds, and nobody follows a run more closely. */
const LOOK_AGAIN_MS = 1_000;

export async function openRuns(options: RunsOptions): Promise<Runs> {
  const connection = await Connection.connect({ address: options.temporal });
  const client = new Client({ connection });
  const open = new Set<string>();
  const cancelled = new Set<string>();
  const started: Record<Workload, number> = { scripted: 0, embedded: 0 };
  const handleOf = (runId: string) => client.workflow.getHandle(runId);
  // One that has ended meanwhile is asked for nothing any more.
  const ask = async (step: () => Promise<unknown>) => {
    try {
      await whileServerIsAway(step);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
  return {
    ...{ client, cancelled, open: () => [...open] },
    play: async (workload) => {
      const number = started[workload];
      started[workload] += 1;
      const runId = `${workload}-${number}`;
      const seed = options.seed + (workload === 'scripted' ? number : 0);
      const plan = { runId, seed, episodes: EPISODES, attempts: ATTEMPTS, replays: REPLAYS };
      // The embedded policy asks no model.
      if (workload === 'scripted') options.model.expect(rolloutsBySeed(plan));
      const input = configurationOf(workload, seed, options);
      const start = { taskQueue: 'selfplay', workflowId: runId, args: [input] };
      await whileServerIsAway(() =>
        client.workflow.start('selfPlayTraining', { ...start, workflowIdConflictPolicy: 'USE_EXISTING' }),
      );
      open.add(runId);
      await untilClosed(handleOf(runId));
      open.delete(runId);
    },
    cancel: async (runId) => {
      cancelled.add(runId);
      await ask(() => handleOf(runId).cancel());
    },
    pause: (runId) => ask(() => handleOf(runId).signal(pauseTrainingSignal)),
    resume: (runId) => ask(() => handleOf(runId).signal(resumeTrainingSignal)),
    close: () => connection.close(),
  };
}

function configurationOf(workload: Workload, seed: number, { modelUrl, subject }: RunsOptions) {
  const scripted = { kind: 'openai', base_url: modelUrl, model: 'chaos', timeout_seconds: 4, retries: 2 };
  return {
    seed,
    subjects: [{ name: 'tiny', ...subject }],
    policy: workload === 'scripted' ? scripted : { kind: 'embedded' },
    ...{ injection_groups: 1, injection_group_size: EPISODES, attempts: ATTEMPTS, episode_window: 2 },
    higher_order: { enabled: false },
    // Faults come a hundred times as often as on real machines, so a rollout may use up more sandboxes.
    rollout: { slice_seconds: 2, snapshot_seconds: 2, incarnations: 50, replays: REPLAYS },
    sandbox: { lease_seconds: 20 },
  };
}

async function untilClosed(handle: WorkflowHandle): Promise<void> {
  for (;;) {
    const { status } = await whileServerIsAway(() => handle.describe());
    if (status.name !== 'RUNNING') return;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function whileServerIsAway<Result>(step: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isAway(error)) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

/** By the words and codes of gRPC, which the SDK wraps in its own errors. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  const away = code === 14 || code === 4 || code === 1 || /UNAVAILABLE|DEADLINE|shutting down/i.test(error.message);
  return away || isAway(error.cause);
}
