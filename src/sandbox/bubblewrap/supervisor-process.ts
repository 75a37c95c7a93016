import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ImageNotFoundError, SandboxUnavailableError, SnapshotUnusableError } from '../../domain/failure/errors.ts';
import { isRecord } from '../is-record.ts';
import { startOf } from '../maker.ts';
import { pythonProblem, spawnSupervisor, type SupervisorPrograms } from './supervisor-program.ts';
import type { SupervisorStarter } from './supervisor-starter.ts';

// Booting takes tens of milliseconds; what may stretch it is the first copy of a source tree of gigabytes.
const BOOT_MS = 300_000;
// Removing the directory of a dead sandbox: hundreds of thousands of files at worst.
const REMOVE_MS = 120_000;

/** Boots the sandbox that a directory describes; the supervisor is then a process of nobody. */
export async function startSupervisor(directory: string, starter: SupervisorStarter): Promise<void> {
  const { stdout, stderr } = await starter.start(directory, BOOT_MS);
  const answer = readAnswer(stdout);
  if (answer?.ready === true) return;
  const why = typeof answer?.message === 'string' ? answer.message : stderr.slice(-2000);
  const message = `booting the sandbox in ${directory} failed: ${why}`;
  if (answer?.kind === 'source') throw new ImageNotFoundError(message);
  if (answer?.kind === 'snapshot') throw new SnapshotUnusableError(message);
  throw new SandboxUnavailableError(`${message}. ${wayOut(message)}`);
}

/** Removes what a dead sandbox left, including what its agent made hard to remove. */
export async function removeRemains(directory: string, programs: SupervisorPrograms): Promise<void> {
  const { stderr } = await runSupervisor(programs, ['remove', directory], REMOVE_MS);
  if (existsSync(directory)) {
    throw new SandboxUnavailableError(
      `removing ${directory} failed: ${stderr.trim() || 'something still writes to it'}`,
    );
  }
}

/** Kills a supervisor that does not answer; its commands end with it. */
export async function killSupervisor(directory: string): Promise<void> {
  const pid = await findSupervisor(directory);
  if (typeof pid === 'number') process.kill(pid, 'SIGKILL');
}

/** The process that serves a directory; `not-started` when none has begun to, `ended` when it is no more. */
export async function findSupervisor(directory: string): Promise<number | 'not-started' | 'ended'> {
  const identity = await readFile(path.join(directory, 'supervisor.pid'), 'utf8').catch(() => '');
  const pid = Number(identity.split(' ')[0]);
  if (!(pid > 1)) return 'not-started';
  return identity === `${pid} ${startOf(pid) ?? ''}` ? pid : 'ended';
}

function runSupervisor(
  programs: SupervisorPrograms,
  parameters: readonly string[],
  timeoutMs: number,
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawnSupervisor(programs, parameters);
    const overdue = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdin.end();
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => {
      clearTimeout(overdue);
      reject(pythonProblem(programs, error));
    });
    child.on('close', () => {
      clearTimeout(overdue);
      resolve({ stdout, stderr });
    });
  });
}

function readAnswer(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    // No answer: the supervisor died on the way, and what it wrote to standard error says why.
    return undefined;
  }
}

function wayOut(message: string): string {
  if (/No space left|Disk quota/.test(message)) return 'Free disk space, or choose another state directory';
  if (/Read-only file system|Permission denied/.test(message)) return 'Choose a state directory that can be written to';
  if (message.includes('mount root/repo')) {
    return 'An overlay needs a state directory on a local disk (ext4, xfs, btrfs), not on NFS or on another overlay';
  }
  return '`selfplay doctor` tells what this machine lacks';
}
