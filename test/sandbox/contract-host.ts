import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxSource } from '../../src/domain/subject/subject.ts';
import type { CappedOutput, Command, Sandbox, Sandboxes, SandboxRequest } from '../../src/sandbox/sandbox.ts';

/**
 * What an adapter can show beyond the core of the contract. A fake declares none of it; an adapter that runs real
 * programs declares all of it, so nothing is left out silently.
 */
export interface ContractFeatures {
  /** Commands are real processes on a real file system. */
  readonly realPrograms: boolean;
}

/** One host with one state; every `open` is a worker of its own on it, whose connections are its own. */
export interface ContractHost {
  readonly source: SandboxSource;
  readonly missingSource: SandboxSource;
  open(): Sandboxes;
  /** Ends everything and throws when something was left behind. */
  cleanUp(): Promise<void>;
}

/** A host whose sandboxes other processes can reach. */
export interface SharedHost extends ContractHost {
  /** Holds the source tree, and is gone with the host. */
  readonly directory: string;
  /** Which adapter, and where it has its sandboxes. */
  readonly place: readonly ['bubblewrap' | 'docker', string];
}

const LIMITS = { memoryBytes: 1024 ** 3, processes: 200, fileBytes: 512 * 1024 ** 2, cores: 2 };
// Only for what must never be reached: a loaded machine may be slow, and no test asserts speed.
export const LONG_MS = 60_000;

export function aSandbox(host: Pick<ContractHost, 'source'>, changes: Partial<SandboxRequest> = {}): SandboxRequest {
  return {
    id: `test-${randomUUID().slice(0, 8)}`,
    source: host.source,
    labels: { deployment: 'tests', run: 'contract', episode: 'one' },
    lifetimeSeconds: 300,
    leaseSeconds: 60,
    limits: LIMITS,
    ...changes,
  };
}

export function aCommand(script: string, changes: Partial<Command> = {}): Command {
  return { id: randomUUID(), argv: ['sh', '-c', script], timeoutMs: LONG_MS, outputCapBytes: 65_536, ...changes };
}

export function text({ head, tail }: CappedOutput): string {
  return Buffer.concat([head, tail]).toString();
}

/** Runs a script that has to succeed and returns what it printed. */
export async function output(sandbox: Sandbox, script: string): Promise<string> {
  const result = await sandbox.run(aCommand(script));
  if (result.exitCode !== 0) throw new Error(`${script}: ${JSON.stringify(result)} ${text(result.stdout)}`);
  return text(result.stdout).trimEnd();
}

/** Ends every sandbox that stands, and lets go of the backend. */
export async function endAll(sandboxes: Sandboxes): Promise<void> {
  for (const { id } of await sandboxes.list()) await sandboxes.destroy(id);
  await sandboxes.close();
}

export async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + LONG_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never became true');
    await sleep(20);
  }
}
