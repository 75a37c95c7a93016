import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { defaultPython } from '../../../src/sandbox/bubblewrap/supervisor-program.ts';
import { createSupervisorStarter, type SupervisorStarter } from '../../../src/sandbox/bubblewrap/supervisor-starter.ts';
import { hostProcesses } from '../host-processes.ts';
import { eventually } from '../contract-host.ts';

// A start that is answered takes milliseconds; this is for one that never is.
const TIMEOUT_MS = 20_000;

describe('the process that starts supervisors', () => {
  let directory: string;
  let starter: SupervisorStarter;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'selfplay-starter-'));
    starter = createSupervisorStarter({ python: defaultPython(), pythonCache: directory });
  });
  afterEach(async () => {
    starter.close();
    await eventually(async () => (await starterProcesses()).length === 0);
    await rm(directory, { recursive: true, force: true });
  });

  const starterProcesses = () => hostProcesses(directory);

  it('answers each start with what that one said', async () => {
    const places = ['one', 'two', 'three'].map((name) => path.join(directory, `not-there-${name}`));
    const answers = await Promise.all(places.map((place) => starter.start(place, TIMEOUT_MS)));
    for (const [index, { stdout }] of answers.entries()) expect(stdout).toContain(places[index]);
    expect(await starterProcesses()).toHaveLength(1);
  });

  it('is replaced when it has died', async () => {
    await starter.start(path.join(directory, 'missing'), TIMEOUT_MS);
    const [first = ''] = await starterProcesses();
    process.kill(Number(first.split(' ')[0]), 'SIGKILL');
    await eventually(async () => (await starterProcesses()).length === 0);
    const again = await starter
      .start(path.join(directory, 'missing'), TIMEOUT_MS)
      .catch(() => starter.start(path.join(directory, 'missing'), TIMEOUT_MS));
    expect(again.stdout).toContain('missing');
  });

  it('says what is wrong with python3', async () => {
    const broken = createSupervisorStarter({ python: '/nowhere/python3', pythonCache: directory });
    await expect(broken.start(directory, TIMEOUT_MS)).rejects.toThrow(SandboxUnavailableError);
    await expect(broken.start(directory, TIMEOUT_MS)).rejects.toThrow(/Install Python/);
  });

  it('does not keep a worker alive that has nothing else to do', () => {
    const module = pathToFileURL(path.resolve('src/sandbox/bubblewrap/supervisor-starter.ts')).href;
    const program = `
      const { createSupervisorStarter } = await import(${JSON.stringify(module)});
      const starter = createSupervisorStarter({ python: ${JSON.stringify(defaultPython())}, pythonCache: ${JSON.stringify(directory)} });
      const { stdout } = await starter.start('/nowhere', 5000);
      console.log(stdout);
    `;
    const ended = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('/nowhere');
  });
});
