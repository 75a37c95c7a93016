import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { packageRoot } from '../../config/package-root.ts';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';

// Where the Python package `supervisor` lies; it is among the sources alone.
const PACKAGES = join(packageRoot, 'src/sandbox');

export interface SupervisorPrograms {
  readonly python: string;
  /** Where Python keeps the compiled supervisor, which saves a third of the time to load it. */
  readonly pythonCache: string;
}

/** The system's own python3 first: one found on PATH may be a wrapper that takes longer than the whole boot. */
export function defaultPython(): string {
  return existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
}

/** `bubblewrap_boot.py` with its arguments, in a session of its own: Ctrl-C in a terminal is for the worker, not for it. */
export function spawnSupervisor(
  { python, pythonCache }: SupervisorPrograms,
  parameters: readonly string[],
): ChildProcessByStdio<Writable, Readable, Readable> {
  // Imported rather than run as a script: only an import is cached in its compiled form.
  const load =
    'import sys; sys.path.insert(0, sys.argv.pop(1)); from supervisor import bubblewrap_boot as boot; boot.main(sys.argv[1:])';
  const flags = ['-I', '-S', '-X', `pycache_prefix=${pythonCache}`, '-c', load, PACKAGES];
  return spawn(python, [...flags, ...parameters], {
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export function pythonProblem({ python }: SupervisorPrograms, error: Error): SandboxUnavailableError {
  const what = `starting the supervisor with ${python} failed: ${error.message}`;
  return new SandboxUnavailableError(`${what}. Install Python 3.9 or newer (apt-get install python3)`, {
    cause: error,
  });
}
