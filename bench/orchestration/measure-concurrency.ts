import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { durable, plainLoop, SLICE_SECONDS, turnsPerSecond } from './concurrent-rollouts.ts';

/**
 * Many rollouts in flight against a model that takes two seconds: how near to the ideal (rollouts / latency) the turns a
 * second come, when server, workers, store and simulation share the machine. Beside it the same rollouts as a plain loop
 * without durability, and with one activity for each turn.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rollouts: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '60' },
  },
});
const LATENCY_MS = 2_000;
const rollouts = Number(values.rollouts);
const seconds = Number(values.seconds);
if (!(rollouts > 0 && seconds > 0)) throw new RangeError('--rollouts and --seconds take positive numbers');

const contestants = [plainLoop, durable('slices of 30 s', SLICE_SECONDS), durable('an activity a turn', 0.001)];
const ideal = rollouts / (LATENCY_MS / 1000);
const results = [];
for (const contestant of contestants) {
  const measured = await turnsPerSecond(contestant, { rollouts, latencyMs: LATENCY_MS, seconds });
  const share = measured.turnsPerSecond / ideal;
  results.push({ name: contestant.name, ...measured, share });
  process.stdout.write(
    `${contestant.name.padEnd(20)} ${measured.turnsPerSecond.toFixed(1)} turns/s, ${(share * 100).toFixed(1)} % of ${ideal}, ` +
      `${measured.cpuMsPerTurn.toFixed(2)} ms of processor time a turn, ramp ${measured.rampSeconds.toFixed(0)} s\n`,
  );
}
if (values.json !== undefined) {
  const machine = { cores: cpus().length, model: cpus()[0]?.model, load: loadavg()[0] };
  const document = {
    date: new Date().toISOString(),
    machine,
    rollouts,
    latencyMs: LATENCY_MS,
    seconds,
    ideal,
    results,
  };
  await writeFile(values.json, `${JSON.stringify(document, null, 2)}\n`);
}
