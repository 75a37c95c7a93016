import { setTimeout as sleep } from 'node:timers/promises';

import { renderToolCall } from '../../src/domain/protocol/call-text.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import { SOURCE, startSimulation } from './simulated-deployment.ts';

/**
 * One run of as many episodes as the first argument says, in a process of its own, so that its memory is the run's: each
 * an injector of three turns that submits nothing, with its own workflow, sandbox, journal and reward. Prints JSON.
 */
const episodes = Number(process.argv[2]);
const WINDOW = 20;
/** Long before the sandboxes of a real run would let episodes end so fast. */
const SAMPLE_MS = 200;

const look = renderToolCall({ tool: 'bash', command: 'ls' });
const policy = createScriptedPolicy({
  injector: [look, look, 'That is all.', 'That is all.', 'That is all.', 'That is all.'],
});
const simulation = await startSimulation({ policy, capacity: 2 * WINDOW });
const peak = { rss: 0 };
const watch = new AbortController();
const watching = (async () => {
  while (!watch.signal.aborted) {
    peak.rss = Math.max(peak.rss, process.memoryUsage.rss());
    await sleep(SAMPLE_MS);
  }
})();
const [usedBefore, serverMsBefore] = [process.cpuUsage(), simulation.serverMs()];
const started = performance.now();
const handle = await simulation.client.workflow.start('selfPlayTraining', {
  taskQueue: 'selfplay',
  workflowId: 'run',
  args: [
    {
      subjects: [{ name: 'tiny', directory: SOURCE }],
      policy: { kind: 'embedded' },
      injection_groups: episodes,
      injection_group_size: 1,
      episode_window: WINDOW,
      rollout: { turns: 5 },
    },
  ],
});
await handle.result();
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(usedBefore);
const cpuSeconds = ((user + system) / 1000 + simulation.serverMs() - serverMsBefore) / 1000;
watch.abort();
await watching;
const played = await simulation.services.store.ledger.listEpisodes({ runId: 'run' });
const settled = played.filter(({ outcome }) => outcome === 'rewarded').length;
const lives = await countLives();
await simulation.close();
process.stdout.write(
  `${JSON.stringify({ episodes, settled, seconds, cpuSeconds, peakMib: Math.round(peak.rss / 2 ** 20), lives })}\n`,
);

/** Lives of the run's workflow: it continues as new when its history has grown. */
async function countLives(): Promise<number> {
  let lives = 0;
  for await (const _ of simulation.client.workflow.list({ query: 'WorkflowId = "run"' })) lives += 1;
  return lives;
}
