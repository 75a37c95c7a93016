import { openEpisode, settingOf } from './bench-rollout.ts';
import { createSimulatedModel } from './simulated-model.ts';
import { startSimulation } from './simulated-deployment.ts';

/** History of one rollout with the default length of slices, for each of its turns; what a rollout costs anyway is in it. */
export async function historyOfOneRollout({
  turns,
  latencyMs,
}: {
  readonly turns: number;
  readonly latencyMs: number;
}): Promise<{ readonly turns: number; readonly eventsPerTurn: number; readonly bytesPerTurn: number }> {
  const model = createSimulatedModel({ latencyMs });
  const simulation = await startSimulation({ policy: model.policy, capacity: 2 });
  try {
    const setting = settingOf(0, { turns });
    await openEpisode(simulation.services);
    const handle = await simulation.client.workflow.start('agentRollout', {
      taskQueue: 'selfplay',
      workflowId: setting.rolloutId,
      args: [setting],
    });
    await handle.result();
    const { historyLength, historySize } = await handle.describe();
    return { turns, eventsPerTurn: historyLength / turns, bytesPerTurn: (historySize ?? NaN) / turns };
  } finally {
    await simulation.close();
  }
}
