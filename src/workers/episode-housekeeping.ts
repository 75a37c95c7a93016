import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import { trainingRunOf } from './training-run-of.ts';
import { createWorkflowStandings } from './workflow-standings.ts';

/** As often as hosts look for sandboxes that nobody needs: until then those of a terminated run cost what they cost. */
const SWEEP_INTERVAL_MS = 120_000;

const RUNNING_EPISODES = 'WorkflowType = "selfPlayEpisode" AND ExecutionStatus = "Running"';

/**
 * Cancels the episodes that run for a run that is over, at once and then regularly. A run cancels its episodes itself; one
 * that a person terminates runs no code any more.
 */
export function startEpisodeHousekeeping(
  client: Client,
  onProblem: (problem: unknown) => void,
): { stop(): Promise<void> } {
  let current: Promise<unknown> = Promise.resolve();
  const sweep = () => {
    current = current.then(() => cancelOrphanedEpisodes(client)).catch(onProblem);
  };
  sweep();
  const timer = setInterval(sweep, SWEEP_INTERVAL_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await current;
    },
  };
}

async function cancelOrphanedEpisodes(client: Client): Promise<void> {
  const { standingOf } = createWorkflowStandings(client);
  const living = new Set<string>();
  for await (const episode of client.workflow.list({ query: RUNNING_EPISODES })) {
    const run = trainingRunOf(episode);
    if (run === undefined || living.has(run)) continue;
    if ((await standingOf(run)) === 'running') living.add(run);
    else await cancel(client, episode.workflowId);
  }
}

/** One that is over by now needs nothing. */
async function cancel({ workflow }: Client, workflowId: string): Promise<void> {
  try {
    await workflow.getHandle(workflowId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
