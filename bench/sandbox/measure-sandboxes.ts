import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { readEnvironment } from '../../src/config/environment.ts';
import { createBubblewrapSandboxes } from '../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { createDockerSandboxes } from '../../src/sandbox/docker/docker-sandboxes.ts';
import { dockerOptions } from '../../src/workers/choose-sandboxes.ts';
import type { BootedSandbox, Contestant } from './contestant.ts';
import { dockerCommand } from './docker-command.ts';
import { dockerExec } from './docker-exec.ts';
import { miniSweAgent } from './mini-swe-agent.ts';
import { ownAdapter } from './own-adapters.ts';
import { timeBefore, usedSince } from './processor-time.ts';
import { toFigures, type Figures } from './statistics.ts';

const KINDS = ['boot', 'true', 'megabyte'] as const;
type Kind = (typeof KINDS)[number];
const MEGABYTE = 1_000_000;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    runs: { type: 'string', default: '40' },
    boots: { type: 'string', default: '10' },
  },
});
const runs = Number(values.runs);
const boots = Number(values.boots);
if (!(runs > 0 && boots > 0)) throw new RangeError('--runs and --boots take a positive number');

const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-bench-'));
await mkdir(path.join(directory, 'source'));
await writeFile(path.join(directory, 'source', 'README'), 'hello\n');
const contestants = await openContestants();
try {
  const figures = await measure();
  const text = JSON.stringify(toDocument(figures), null, 2);
  if (values.json !== undefined) await writeFile(values.json, `${text}\n`);
  process.stdout.write(renderTable(figures));
} finally {
  for (const contestant of contestants) await contestant.close();
  await rm(directory, { recursive: true, force: true });
}

async function openContestants(): Promise<readonly Contestant[]> {
  const environment = { ...readEnvironment(), home: path.join(directory, 'home') };
  const options = dockerOptions(environment);
  const source = path.join(directory, 'source');
  const bubblewrap = createBubblewrapSandboxes({ stateDir: path.join(environment.home, 'sandboxes') });
  return [
    ownAdapter('docker', createDockerSandboxes(options), source),
    ownAdapter('bubblewrap', bubblewrap, source),
    dockerExec(options.baseImage),
    dockerCommand(options.baseImage),
    await miniSweAgent(options.baseImage, environment.cache),
  ];
}

/** In turns, so that what else the machine does hits all of them alike. */
async function measure(): Promise<ReadonlyMap<string, Readonly<Record<Kind, Figures>>>> {
  const samples = new Map(contestants.map(({ name }) => [name, emptySamples()] as const));
  // The first of everything fills caches: it is not counted.
  for (let round = -1; round < boots; round++) {
    for (const contestant of contestants) {
      const sample = round < 0 ? emptySamples() : samples.get(contestant.name);
      if (sample === undefined) continue;
      const sandbox = await timed(sample.boot, async () => {
        const booted = await contestant.boot();
        await booted.run('true');
        return booted;
      });
      await exercise(sandbox, sample);
      await sandbox.destroy();
    }
  }
  return new Map([...samples].map(([name, sample]) => [name, figuresOf(sample)]));
}

async function exercise(sandbox: BootedSandbox, sample: Samples): Promise<void> {
  for (let run = 0; run < Math.ceil(runs / boots); run++) {
    await timed(sample.true, () => sandbox.run('true'));
    const bytes = await timed(sample.megabyte, () => sandbox.run(`head -c ${MEGABYTE} /dev/zero | tr '\\0' x`));
    if (bytes < MEGABYTE) throw new Error(`${bytes} bytes came of ${MEGABYTE}`);
  }
}

interface Sample {
  readonly times: number[];
  cpuMs: number;
}
type Samples = Readonly<Record<Kind, Sample>>;

function emptySamples(): Samples {
  return { boot: { times: [], cpuMs: 0 }, true: { times: [], cpuMs: 0 }, megabyte: { times: [], cpuMs: 0 } };
}

async function timed<Result>(sample: Sample, work: () => Promise<Result>): Promise<Result> {
  const before = timeBefore();
  const startedAt = performance.now();
  const result = await work();
  sample.times.push(performance.now() - startedAt);
  sample.cpuMs += usedSince(before);
  return result;
}

function figuresOf(samples: Samples): Readonly<Record<Kind, Figures>> {
  const of = ({ times, cpuMs }: Sample): Figures => toFigures(times, cpuMs / times.length);
  return { boot: of(samples.boot), true: of(samples.true), megabyte: of(samples.megabyte) };
}

function toDocument(figures: ReadonlyMap<string, Readonly<Record<Kind, Figures>>>) {
  const medians = (kind: Kind) => Object.fromEntries([...figures].map(([name, all]) => [name, all[kind].medianMs]));
  return {
    format: 'sandbox-bench-1',
    date: new Date().toISOString(),
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', memoryBytes: totalmem() },
    trueMs: medians('true'),
    megabyteMs: medians('megabyte'),
    bootMs: medians('boot'),
    figures: Object.fromEntries(figures),
  };
}

function renderTable(figures: ReadonlyMap<string, Readonly<Record<Kind, Figures>>>): string {
  const cell = ({ medianMs, p90Ms, cpuMs }: Figures): string => `${medianMs} / ${p90Ms} / ${cpuMs}`.padEnd(22);
  const rows = [...figures].map(
    ([name, all]) => `${name.padEnd(13)} ${KINDS.map((kind) => cell(all[kind])).join(' ')}`,
  );
  const head = `${''.padEnd(13)} ${KINDS.map((kind) => kind.padEnd(22)).join(' ')}`;
  return ['milliseconds: median / 90th percentile / processor time', head, ...rows, ''].join('\n');
}
