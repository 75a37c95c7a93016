import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { readSubjects } from '../../src/config/corpus.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { toFigures, type Figures } from '../sandbox/statistics.ts';
import { openAccount } from './accounted-time.ts';
import { openContestants, type Contestant } from './contestants.ts';
import { validateOnce, WORK, type Task, type Validation } from './validate-once.ts';

/** One subject of each language, with a script that runs for less than two seconds. */
const SUBJECTS = ['cachetools', 'object-path', 'uuid'] as const;

const { values } = parseArgs({ options: { json: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
if (!(rounds > 0)) throw new RangeError(`--rounds takes a positive number, not ${values.rounds}`);

interface Sample {
  readonly validations: Validation[];
  cpuMs: number | null;
}

const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-bench-'));
const environment = { ...readEnvironment(), home: path.join(directory, 'home') };
const contestants = openContestants(environment);
const account = openAccount();
const startLoad = loadavg()[0] ?? NaN;
try {
  const samples = await measure(readTasks());
  requireSameVerdicts(samples);
  const results = samples.map(toResult);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(toDocument(results), null, 2)}\n`);
  process.stdout.write(renderTable(results));
} finally {
  for (const { sandboxes } of contestants) await sandboxes.close();
  account.close();
  await rm(directory, { recursive: true, force: true });
}

function readTasks(): ReadonlyMap<string, Task> {
  const document = { policy: { kind: 'embedded' }, injectionGroups: 1, corpus: 'cache:all.jsonl' };
  const config = readConfiguration(document, 'the benchmark');
  const subjects = new Map(readSubjects(config, environment.cache).map((subject) => [subject.name, subject]));
  return new Map(
    SUBJECTS.map((name) => {
      const subject = subjects.get(name);
      if (subject === undefined) throw new RangeError(`set-up has no subject ${name}: scripts/setup --only subjects`);
      const artifactDirectory = fileURLToPath(new URL(`./artifacts/${name}`, import.meta.url));
      return [name, { subject, artifactDirectory, config }] as const;
    }),
  );
}

interface Measured {
  readonly subject: string;
  readonly contestant: Contestant;
  readonly sample: Sample;
}

/** In turns, so that what else the machine does hits all of them alike. The first round fills caches: it is not counted. */
async function measure(tasks: ReadonlyMap<string, Task>): Promise<readonly Measured[]> {
  const measured = await Promise.all(
    [...tasks].flatMap(([subject, task]) =>
      contestants.map(async (contestant) => {
        const store = await createInMemoryStore();
        return { subject, task, contestant, store, sample: emptySample() };
      }),
    ),
  );
  for (let round = -1; round < rounds; round++) {
    for (const { subject, task, contestant, store, sample } of measured) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${subject}, ${contestant.name}\n`);
      const used = account.begin(contestant.usesEngine);
      const validation = await validateOnce(task, contestant, store);
      const cpuMs = used();
      if (round < 0) continue;
      sample.validations.push(validation);
      sample.cpuMs = cpuMs === null || sample.cpuMs === null ? null : sample.cpuMs + cpuMs;
    }
  }
  for (const { store } of measured) await store.close();
  return measured;
}

function emptySample(): Sample {
  return { validations: [], cpuMs: 0 };
}

/** A way that judges otherwise does other work, and its time says nothing. */
function requireSameVerdicts(measured: readonly Measured[]): void {
  for (const name of SUBJECTS) {
    const all = measured.filter(({ subject }) => subject === name);
    const verdicts = new Set(all.flatMap(({ sample }) => sample.validations.map(({ verdict }) => verdict)));
    if (verdicts.size !== 1)
      throw new Error(`${name} is judged in ${verdicts.size} ways:\n${[...verdicts].join('\n')}`);
  }
}

interface Result {
  readonly subject: string;
  readonly contestant: Contestant['name'];
  readonly verdict: string;
  readonly boots: number;
  readonly figures: Figures | Omit<Figures, 'cpuMs'>;
  /** Means over the rounds; work that went on side by side counts each. */
  readonly spentMs: Readonly<Record<string, number>>;
}

function toResult({ subject, contestant, sample: { validations, cpuMs } }: Measured): Result {
  const count = validations.length;
  const { cpuMs: eachCpuMs, ...times } = toFigures(
    validations.map(({ elapsedMs }) => elapsedMs),
    (cpuMs ?? 0) / count,
  );
  const spent = WORK.map((kind) => {
    const total = validations.reduce((sum, { spentMs }) => sum + spentMs[kind], 0);
    return [kind, Math.round(total / count)] as const;
  });
  return {
    subject,
    contestant: contestant.name,
    verdict: validations[0]?.verdict ?? 'none',
    boots: validations[0]?.boots ?? 0,
    figures: cpuMs === null ? times : { ...times, cpuMs: eachCpuMs },
    spentMs: Object.fromEntries(spent),
  };
}

/** How many times as long a fresh container for each state takes, one after the other. */
function speedups(results: readonly Result[], name: Contestant['name']): Readonly<Record<string, number>> {
  const median = (subject: string, contestant: string): number =>
    results.find((result) => result.subject === subject && result.contestant === contestant)?.figures.medianMs ?? NaN;
  const times = SUBJECTS.map((subject) => median(subject, 'dockerPerState') / median(subject, name));
  return Object.fromEntries(SUBJECTS.map((subject, index) => [subject, Math.round((times[index] ?? NaN) * 100) / 100]));
}

function toDocument(results: readonly Result[]) {
  return {
    format: 'validation-bench-1',
    date: new Date().toISOString(),
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', memoryBytes: totalmem() },
    load: { atStart: startLoad, atEnd: loadavg()[0] },
    rounds,
    speedup: { bubblewrap: speedups(results, 'bubblewrap'), docker: speedups(results, 'docker') },
    results,
  };
}

function renderTable(results: readonly Result[]): string {
  const rows = results.map(({ subject, contestant, figures, boots, spentMs }) => {
    const cpu = 'cpuMs' in figures ? Math.round(figures.cpuMs) : 'unknown';
    const time = `${Math.round(figures.medianMs)} / ${Math.round(figures.p90Ms)} / ${cpu}`;
    const parts = WORK.map((kind) => `${kind} ${spentMs[kind] ?? 0}`).join(', ');
    return `${subject.padEnd(12)} ${contestant.padEnd(15)} ${time.padEnd(24)} ${boots} boots; ${parts}`;
  });
  const faster = (['bubblewrap', 'docker'] as const).map((name) => {
    const times = Object.entries(speedups(results, name)).map(([subject, times]) => `${subject} ${times}`);
    return `${name} is faster than a container per state, times: ${times.join(', ')}`;
  });
  return ['milliseconds: median / 90th percentile / processor time', ...rows, ...faster, ''].join('\n');
}
