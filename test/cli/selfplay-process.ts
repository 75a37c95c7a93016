import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

/** The command as a process of its own, from its sources. */
export interface SelfplayProcess {
  readonly child: ChildProcess;
  readonly written: () => { readonly stdout: string; readonly stderr: string };
  /** Settles when the text has appeared on either stream; rejects when the process ends without it. */
  waitFor(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** `environment` adds to the test's own. */
export function startSelfplay(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): SelfplayProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const collect = (add: (text: string) => void) => (chunk: Buffer) => {
    add(chunk.toString('utf8'));
    for (const watcher of watchers) watcher();
  };
  child.stdout.on(
    'data',
    collect((text) => (stdout += text)),
  );
  child.stderr.on(
    'data',
    collect((text) => (stderr += text)),
  );
  const ended = once(child, 'close').then(() => child.exitCode);
  const waitFor = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!`${stdout}${stderr}`.includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      void ended.then(() => {
        reject(new Error(`it ended without saying "${text}":\n${stdout}\n${stderr}`));
      });
    });
  return { child, written: () => ({ stdout, stderr }), waitFor, ended };
}
