import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  type CommandHandler,
  createInMemorySandboxes,
  type InMemoryHost,
} from '../../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import { aCommand, aSandbox, type ContractHost } from '../contract-host.ts';
import { describeSandboxContract } from '../sandbox-contract.ts';

/** Plays the few programs of suite 1 that need no real ones. */
const playProgram: CommandHandler = async ({ argv, env, stdin }, { files, signal }) => {
  if (argv[0] === 'printenv') return { exitCode: 0, stdout: `${env?.GREETING ?? ''}\n` };
  const script = argv[2] ?? '';
  const exit = /^exit (\d+)$/.exec(script);
  if (exit !== null) return { exitCode: Number(exit[1]) };
  if (script === 'cat') return { exitCode: 0, stdout: stdin ?? '' };
  if (script.startsWith('echo out;')) {
    return { exitCode: 0, stdout: 'out\n'.repeat(script.split('echo out').length - 1), stderr: 'error\n' };
  }
  if (script.startsWith('seq')) {
    return { exitCode: 0, stdout: Array.from({ length: 10_000 }, (_, index) => `${index + 1}\n`).join('') };
  }
  if (script.includes('/tmp/count')) {
    const before = Buffer.from(files.get('/tmp/count')?.content ?? '').toString();
    files.set('/tmp/count', { content: Buffer.from(`${before}run\n`), executable: false });
    await sleep(20);
    return { exitCode: 0, stdout: files.get('/tmp/count')?.content ?? '' };
  }
  const seconds = Number(/sleep ([\d.]+)/.exec(script)?.[1] ?? 0);
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  return { exitCode: 0, stdout: script.includes('echo done') ? 'done\n' : '' };
};

function createHost(): Promise<ContractHost> {
  const shared: InMemoryHost = new Map();
  return Promise.resolve({
    source: { kind: 'directory', directory: '/corpus/small' },
    missingSource: { kind: 'directory', directory: '/corpus/none' },
    open: () =>
      createInMemorySandboxes({ handler: playProgram, sources: { '/corpus/small': { README: 'hello\n' } } }, shared),
    cleanUp: () => {
      expect(shared.size).toBe(0);
      return Promise.resolve();
    },
  });
}

describeSandboxContract('in memory', { realPrograms: false }, createHost);

it('aborts the script of a command whose deadline passes', async () => {
  const aborted: string[] = [];
  const sandboxes = createInMemorySandboxes({
    handler: ({ id }, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted.push(id);
          resolve({ exitCode: 0 });
        });
      }),
  });
  const sandbox = await sandboxes.create(aSandbox({ source: { kind: 'tools' } }));
  expect((await sandbox.run(aCommand('', { id: 'slow', timeoutMs: 10 }))).ending).toBe('timed-out');
  expect(aborted).toEqual(['slow']);
  await sandbox.destroy();
});
