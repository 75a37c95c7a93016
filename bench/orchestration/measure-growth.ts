import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { execa } from 'execa';

import { historyOfOneRollout } from './rollout-history.ts';

/** What a run costs as it grows: history for each turn, and time, processor time and memory for ten times as many episodes. */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    turns: { type: 'string', default: '60' },
    episodes: { type: 'string', default: '10,100,1000' },
  },
});
const turns = Number(values.turns);
const sizes = values.episodes.split(',').map(Number);
if (!(turns > 0 && sizes.every((size) => size > 0)))
  throw new RangeError('--turns and --episodes take positive numbers');

const history = await historyOfOneRollout({ turns, latencyMs: 2_000 });
process.stdout.write(
  `a turn: ${history.eventsPerTurn.toFixed(2)} events, ${Math.round(history.bytesPerTurn)} bytes of history (${turns} turns)\n`,
);

const program = fileURLToPath(new URL('simulate-episodes.ts', import.meta.url));
const runs = [];
for (const size of sizes) {
  const { stdout } = await execa('npx', ['tsx', program, String(size)], { stderr: 'inherit' });
  const run = JSON.parse(stdout) as {
    settled: number;
    seconds: number;
    cpuSeconds: number;
    peakMib: number;
    lives: number;
  };
  runs.push({ episodes: size, ...run });
  process.stdout.write(
    `${size} episodes: ${run.seconds.toFixed(1)} s, ${((run.seconds / size) * 1000).toFixed(0)} ms each, ` +
      `${((run.cpuSeconds / size) * 1000).toFixed(0)} ms of processor time each, ` +
      `peak ${run.peakMib} MiB, ${run.settled} settled, ${run.lives} lives of the run\n`,
  );
}
if (values.json !== undefined) {
  const machine = { cores: cpus().length, model: cpus()[0]?.model, load: loadavg()[0] };
  await writeFile(
    values.json,
    `${JSON.stringify({ date: new Date().toISOString(), machine, history, runs }, null, 2)}\n`,
  );
}
