import { createInterface } from 'node:readline';
import { Socket } from 'node:net';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { isRecord } from '../is-record.ts';
import { pythonProblem, spawnSupervisor, type SupervisorPrograms } from './supervisor-program.ts';

/** What the start of a supervisor wrote. */
export interface StartOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts supervisors from one process that has Python loaded, which takes half of the time of a boot. */
export interface SupervisorStarter {
  start(directory: string, timeoutMs: number): Promise<StartOutput>;
  /** Supervisors that are there live on: they are processes of nobody. */
  close(): void;
}

interface Waiting {
  readonly resolve: (output: StartOutput) => void;
  readonly reject: (error: Error) => void;
}

/** One that is started when it is first needed, and anew when it has died. */
export function createSupervisorStarter(programs: SupervisorPrograms): SupervisorStarter {
  let process: StarterProcess | undefined;
  return {
    start(directory, timeoutMs) {
      if (process?.isOpen() !== true) process = startProcess(programs);
      return process.start(directory, timeoutMs);
    },
    close() {
      process?.close();
      process = undefined;
    },
  };
}

interface StarterProcess extends SupervisorStarter {
  isOpen(): boolean;
}

function startProcess(programs: SupervisorPrograms): StarterProcess {
  const child = spawnSupervisor(programs, ['serve-starts']);
  const waiting = new Map<string, Waiting>();
  let open = true;
  let complaint = '';

  /** A worker with nothing else to do may end: only a boot that is waited for keeps it. */
  function keepAlive(): void {
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) {
      if (!(handle instanceof Socket) && handle !== child) continue;
      if (waiting.size > 0) handle.ref();
      else handle.unref();
    }
  }

  function settle(directory: string): Waiting | undefined {
    const found = waiting.get(directory);
    waiting.delete(directory);
    keepAlive();
    return found;
  }

  function end(error: SandboxUnavailableError): void {
    open = false;
    for (const directory of [...waiting.keys()]) settle(directory)?.reject(error);
  }

  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = readAnswer(line);
    if (answer !== undefined) settle(answer.directory)?.resolve(answer);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  // A process that has died takes no requests; its end is told by `close`.
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => {
    end(pythonProblem(programs, error));
  });
  child.on('close', () => {
    end(new SandboxUnavailableError(`the process that starts supervisors ended: ${complaint || 'without a word'}`));
  });

  return {
    isOpen: () => open,
    start: (directory, timeoutMs) =>
      new Promise((resolve, reject) => {
        const overdue = setTimeout(() => {
          settle(directory)?.reject(new SandboxUnavailableError(`booting in ${directory} took over ${timeoutMs} ms`));
        }, timeoutMs);
        const answered = <Value>(answer: (value: Value) => void) => {
          return (value: Value) => {
            clearTimeout(overdue);
            answer(value);
          };
        };
        waiting.set(directory, { resolve: answered(resolve), reject: answered(reject) });
        keepAlive();
        child.stdin.write(`${JSON.stringify(directory)}\n`);
      }),
    close: () => {
      child.stdin.end();
    },
  };
}

function readAnswer(line: string): (StartOutput & { readonly directory: string }) | undefined {
  const value: unknown = JSON.parse(line);
  if (!isRecord(value)) return undefined;
  const { directory, stdout, stderr } = value;
  if (typeof directory !== 'string' || typeof stdout !== 'string' || typeof stderr !== 'string') return undefined;
  return { directory, stdout, stderr };
}
