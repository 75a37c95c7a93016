import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The command line of a script in `processes/`. */
export function commandFor(script: string, ...parameters: readonly string[]): readonly [string, ...string[]] {
  const path = fileURLToPath(new URL(`./processes/${script}`, import.meta.url));
  return [process.execPath, '--import', 'tsx', path, ...parameters];
}

export function start([command, ...parameters]: readonly [string, ...string[]]): ChildProcessByStdio<
  null,
  Readable,
  Readable
> {
  return spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
}

export async function run(
  command: readonly [string, ...string[]],
): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = start(command);
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}
