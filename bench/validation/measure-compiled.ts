import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { readEnvironment } from '../../src/config/environment.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { createBubblewrapSandboxes } from '../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { createPreparedSandboxes } from '../../src/sandbox/prepared/prepared-sandboxes.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { openAccount } from './accounted-time.ts';
import { validateOnce, type Task } from './validate-once.ts';

/**
 * A Go artifact on a bare directory: with each state compiling the standard library by itself, and with what the tree
 * depends on compiled once. The first validation of the second kind compiles it; later ones find it.
 */
const NAME = 'uuid';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' } } });
const environment = readEnvironment();
const subject = {
  name: NAME,
  source: { kind: 'directory', directory: path.join(environment.cache, 'subjects', NAME) },
  weight: 1,
} as const;
const document = { policy: { kind: 'embedded' }, injectionGroups: 1, subjects: [{ directory: '.' }] };
const task: Task = {
  subject,
  artifactDirectory: fileURLToPath(new URL(`./artifacts/${NAME}`, import.meta.url)),
  config: readConfiguration(document, 'the benchmark'),
};

const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-bench-'));
const bubblewrap = createBubblewrapSandboxes({ stateDir: path.join(directory, 'sandboxes') });
const prepared = createPreparedSandboxes(bubblewrap, { directory: path.join(directory, 'environments') });
const account = openAccount();
try {
  for (let round = 1; round <= Number(values.rounds); round++) {
    await measure(`round ${round}, each state compiles`, bubblewrap);
    await measure(`round ${round}, compiled once${round === 1 ? ' (this one compiles)' : ''}`, prepared);
    if (round === 1) await measure('round 1, compiled once (found)', prepared);
  }
} finally {
  await bubblewrap.close();
  account.close();
  await rm(directory, { recursive: true, force: true });
}

async function measure(what: string, sandboxes: typeof bubblewrap): Promise<void> {
  const store = await createInMemoryStore();
  const contestant = { name: 'bubblewrap', sandboxes, concurrency: 2, usesEngine: false } as const;
  const used = account.begin(false);
  const { verdict, elapsedMs, boots } = await validateOnce(task, contestant, store);
  const cpuMs = used();
  await store.close();
  const cpu = cpuMs === null ? 'not accounted' : `${(cpuMs / 1000).toFixed(1)} s`;
  const load = loadavg()[0]?.toFixed(1) ?? '';
  process.stdout.write(
    `${what}: ${(elapsedMs / 1000).toFixed(1)} s, CPU ${cpu}, ${boots} sandboxes, load ${load}\n  ${verdict}\n`,
  );
}
