/**
 * Plays runs on machines of their own while faults happen to all parts of the deployment, and audits what is left:
 * `npm run chaos -- --faults 200 --seed 1 --json FILE`. What is stopped (Ctrl-C) goes on with the same seed and count at the
 * first round that has not ended. Exit codes: 0 nothing found, 1 something found, 130 stopped.
 */
import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { isClean, reportOf, type RoundRecord } from './chaos-report.ts';
import { FAULTS, type FaultKind } from './faults/all-faults.ts';
import { forgetRounds, keepRounds, readKeptRounds } from './kept-rounds.ts';
import { playRound } from './play-round.ts';
import { scheduleOf } from './schedule.ts';
import { buildWorker } from './worker/build-worker.ts';
import { clockProblem, type Backend } from './world/worker.ts';

/** Faults of one deployment; then another one starts from nothing. */
const FAULTS_PER_ROUND = 40;

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    sandbox: { type: 'string', default: 'bubblewrap' },
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});

const count = wholeNumber('--faults', values.faults);
const seed = wholeNumber('--seed', values.seed);
const backend = backendOf(values.sandbox);
const progress =
  values.json === undefined ? join(tmpdir(), `selfplay-chaos-${backend}-${seed}.progress`) : `${values.json}.progress`;
const stop = new AbortController();
// Everything under way listens for it.
setMaxListeners(0, stop.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stop.abort();
  });

process.exitCode = await main();

async function main(): Promise<number> {
  const schedule = scheduleOf(kindsToPlay(), { seed, count });
  const kept = readKeptRounds(progress, { backend, seed, faults: count });
  const rounds: RoundRecord[] = [...kept.rounds];
  let { reference } = kept;
  if (rounds.length > 0) tell(`going on behind ${rounds.length} rounds that are kept in ${progress}`);
  const program = await buildWorker();
  for (let from = rounds.length * FAULTS_PER_ROUND; from < count; from += FAULTS_PER_ROUND) {
    const planned = schedule.slice(from, from + FAULTS_PER_ROUND);
    tell(`round ${rounds.length + 1}: faults ${from + 1} to ${from + planned.length} of ${count}`);
    try {
      const round = await playRound({
        program,
        backend,
        seed: seed * 1000 + from,
        planned,
        reference,
        signal: stop.signal,
        tell,
      });
      reference = round.reference;
      rounds.push({ kinds: planned.map(({ kind }) => kind), episodes: round.episodes, findings: round.findings });
      tellFindings(rounds.at(-1));
      keepRounds(progress, { backend, seed, faults: count, rounds, reference });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      tell(`stopped; the same command goes on with round ${rounds.length + 1}`);
      return 130;
    }
  }
  const report = reportOf(rounds);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  forgetRounds(progress);
  return rounds.every(isClean) ? 0 : 1;
}

function kindsToPlay(): readonly FaultKind[] {
  const missing = clockProblem();
  if (missing !== undefined) tell(`NOT PLAYED clock-jump: ${missing}`);
  const known = Object.keys(FAULTS)
    .filter(isKind)
    .filter((kind) => kind !== 'clock-jump' || missing === undefined)
    .filter((kind) => kind !== 'dockerd-kill' || backend === 'docker');
  return values.only === undefined ? known : known.filter((kind) => values.only?.includes(kind));
}

function isKind(name: string): name is FaultKind {
  return name in FAULTS;
}

function tellFindings(round: RoundRecord | undefined): void {
  for (const [rule, said] of Object.entries(round?.findings ?? {})) {
    if (rule === 'openIntents') tell(`openIntents: ${said.length}`);
    else for (const sentence of said) tell(`FOUND ${rule}: ${sentence}`);
  }
}

function tell(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

function backendOf(name: string): Backend {
  if (name === 'bubblewrap' || name === 'docker') return name;
  process.stderr.write(`--sandbox is bubblewrap or docker, not ${name}\n`);
  process.exit(2);
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  process.stderr.write(`${option} is a whole number above 0, not ${text}\n`);
  process.exit(2);
}
