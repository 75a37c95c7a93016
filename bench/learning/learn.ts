import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { createInterrupts } from '../../src/cli/command/interrupts.ts';
import { startDeployment } from '../../src/cli/deployment/deployment.ts';
import { createBackends } from '../../src/cli/real-backends.ts';
import { followRun } from '../../src/cli/run/follow-run.ts';
import { createProgressView } from '../../src/cli/run/progress-view.ts';
import { renderRunReport } from '../../src/cli/run/render-run-report.ts';
import { readRunReport, type RunReport } from '../../src/cli/run/run-report.ts';
import { createRunReader } from '../../src/cli/run/run-snapshot.ts';
import { createOutput } from '../../src/cli/text/output.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { openAccount } from '../validation/accounted-time.ts';
import { learningRun } from './learning-run.ts';

/**
 * Plays training runs of the embedded policy, one for each seed and each in a home of its own below `--home`. One that was
 * stopped goes on where it was when the same is asked again.
 */
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '150' },
    seeds: { type: 'string', default: '1' },
    home: { type: 'string', default: '.selfplay/learning' },
    subjects: { type: 'string' },
    'group-size': { type: 'string', default: '4' },
    json: { type: 'string' },
  },
});

/** One seed's run, as far as this command has seen it. */
interface Learned {
  readonly seed: number;
  /** Of this command alone: a run that is resumed has taken more before. */
  readonly attempts: number;
  readonly processorSeconds: number | null;
  readonly report: RunReport;
}

const RUN = 'learning';
const { interrupts, interrupt } = createInterrupts();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupt(signal);
  });
}
const output = createOutput(process.stdout, () => {
  interrupt('SIGPIPE');
});
const account = openAccount();
const learned: Learned[] = [];
try {
  for (const seed of values.seeds.split(',').map((text) => positive('--seeds', text))) {
    const one = await learn(seed);
    if (one === undefined) break;
    learned.push(one);
    output.write(`\n${renderRunReport(one.report, output)}${renderCost(one)}`);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(learned, null, 2)}\n`);
  }
} finally {
  account.close();
}
process.exit(interrupts.exitCode() ?? 0);

/** Undefined when it was stopped before its end. */
async function learn(seed: number): Promise<Learned | undefined> {
  const environment = { ...readEnvironment(), home: path.resolve(values.home, `seed-${seed}`) };
  const config = learningRun(
    {
      seed,
      steps: positive('--steps', values.steps),
      subjects: values.subjects?.split(','),
      groupSize: positive('--group-size', values['group-size']),
    },
    environment.cache,
  );
  const context = {
    ...{ output, messages: output, environment, interrupts: () => interrupts, input: () => process.stdin },
    backends: await createBackends(environment),
  };
  const startedAt = performance.now();
  const deployment = await startDeployment(context, {
    ...{ command: RUN, sandbox: 'auto', server: { port: 0, uiPort: 0 } },
  });
  try {
    const { failure } = await deployment.startWorkers();
    const { temporal, services } = deployment;
    const { store } = services.services;
    const read = createRunReader(store.ledger, RUN, temporal);
    const isKnown = (await store.ledger.findRun(RUN)) !== undefined;
    const before = isKnown ? attemptsOf(await read()) : 0;
    const used = account.begin(false);
    const started = await temporal.startTraining(RUN, config);
    output.write(`seed ${seed}: ${started === 'started' ? 'started' : 'goes on'} in ${environment.home}\n`);
    const view = createProgressView(output);
    const end = Promise.race([temporal.awaitEnd(RUN), failure]);
    if ((await followRun({ end, read, view, signal: interrupts.stop })) === undefined) return undefined;
    const processorMs = used();
    const snapshot = await read();
    const report = await readRunReport(store, snapshot, (performance.now() - startedAt) / 1000);
    const processorSeconds = processorMs === null ? null : processorMs / 1000;
    return { seed, attempts: attemptsOf(snapshot) - before, processorSeconds, report };
  } finally {
    await deployment.stop();
  }
}

function attemptsOf({ episodes }: Awaited<ReturnType<ReturnType<typeof createRunReader>>>): number {
  return episodes.flatMap(({ rewards }) => rewards.filter(({ role }) => role === 'solver')).length;
}

function renderCost({ seed, attempts, processorSeconds }: Learned): string {
  if (processorSeconds === null) return `seed ${seed}: ${attempts} attempts\n`;
  const each = (processorSeconds / Math.max(1, attempts)).toFixed(1);
  return `seed ${seed}: ${processorSeconds.toFixed(0)} s of processor time for ${attempts} attempts, ${each} s each\n`;
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new RangeError(`${option} takes positive whole numbers, not ${text}`);
  return number;
}
