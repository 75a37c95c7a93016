import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { buildWorker } from '../../test/chaos/worker/build-worker.ts';
import { createWorld, type Host, type World } from '../../test/chaos/world/world.ts';

/**
 * From the sudden end of a sandbox host, as `kill -9` of everything on it, to the next turn of each rollout that was under
 * way there, on the other host: with the time-outs as they are released.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
const rounds = Number(values.rounds);
if (!(rounds > 0)) throw new RangeError(`--rounds takes a positive number, not ${values.rounds}`);

/** How closely the model's log is watched. */
const LOOK_AGAIN_MS = 100;
/** A rollout that has not gone on by then does not. */
const PATIENCE_MS = 10 * 60_000;

// The released worker: nothing is loaded before it.
const program = { ...(await buildWorker()), preload: 'data:text/javascript,' };
const world = await createWorld({ program, backend: 'bubblewrap', seed: Number(values.seed), hosts: 2 });
const seconds: number[] = [];
try {
  for (let round = 1; round <= rounds; round += 1) {
    const run = world.runs.play('scripted');
    const { host, rollouts } = await hostAtWork(world);
    const killedAt = Date.now();
    const linesBefore = calls(world).length;
    await world.replaceHost(host);
    for (const rollout of rollouts) {
      const taken = ((await nextCall(world, rollout, linesBefore)) - killedAt) / 1000;
      seconds.push(taken);
      process.stdout.write(`round ${round}: ${rollout} went on after ${taken.toFixed(1)} s\n`);
    }
    await run;
  }
} finally {
  await world.dispose();
}
const sorted = seconds.toSorted((one, other) => one - other);
process.stdout.write(
  `median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} s, longest ${sorted.at(-1)?.toFixed(1)} s\n`,
);
if (values.json !== undefined) {
  const machine = { cores: cpus().length, model: cpus()[0]?.model, load: loadavg()[0] };
  await writeFile(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, seconds }, null, 2)}\n`);
}

/** A host on which rollouts are in the middle of their work, and which these are. */
async function hostAtWork({ runs: { client }, hosts }: World): Promise<{ host: Host; rollouts: readonly string[] }> {
  for (;;) {
    for (const host of hosts()) {
      const rollouts: string[] = [];
      const query = `WorkflowType = "agentRollout" AND ExecutionStatus = "Running" AND SandboxHost = "sandbox.${host.machine.name}"`;
      for await (const { workflowId } of client.workflow.list({ query })) {
        if (calls(world).filter(({ rolloutId }) => rolloutId === workflowId).length >= 2) rollouts.push(workflowId);
      }
      if (rollouts.length > 0) return { host, rollouts };
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** When the model was next asked for the rollout, after so many calls. */
async function nextCall(of: World, rollout: string, after: number): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const next = calls(of)
      .slice(after)
      .some(({ rolloutId }) => rolloutId === rollout);
    if (next) return Date.now();
    await sleep(LOOK_AGAIN_MS);
  }
  throw new Error(`${rollout} has not gone on`);
}

/** What the model was asked for so far. */
function calls({ logs }: World): readonly { readonly rolloutId: string }[] {
  const lines = readFileSync(logs.model, 'utf8').trim().split('\n');
  const events = lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { rolloutId: string; event: string });
  return events.filter(({ event }) => event === 'asked');
}
