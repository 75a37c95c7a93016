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
  const model = createSimulatedModel({ latencyMs, turns });
  const simulation = await startSimulation({ policy: model.policy, capacity: 2 });
  try {
    const setting = settingOf(0);
    await openEpisode(simulation.services);
    const handle = await simulation.client.workflow.start('agentRollout', {
      taskQueue: 'selfplay',
      workflowId: setting.rolloutId,
      args: [setting],
    });
    await handle.result();
    const { historyLength, historySize } = await handle.describe();
    const played = (await simulation.services.store.ledger.readTurns(setting.rolloutId)).length;
    return { turns: played, eventsPerTurn: historyLength / played, bytesPerTurn: (historySize ?? NaN) / played };
  } finally {
    await simulation.close();
  }
}
