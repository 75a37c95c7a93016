import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImageNotFoundError, SandboxGoneError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { agentEnvironment } from '../supervised/agent-environment.ts';
import { bubblewrapProblem } from './bubblewrap-problem.ts';
import { createIdentification } from './bubblewrap-identification.ts';
import { claimSandbox } from './sandbox-claim.ts';
import { describeSandbox, findDescription } from '../supervised/sandbox-description.ts';
import { assertSandboxId } from '../sandbox-id.ts';
import { TREE_ROOT } from '../mount-points.ts';
import { findAbandoned } from '../unfinished.ts';
import type { Sandbox, SandboxCapabilities, Sandboxes, SandboxListing, SandboxRequest } from '../sandbox.ts';
import { createSupervisedSandbox } from '../supervised/supervised-sandbox.ts';
import type { SupervisorClient } from '../supervised/supervisor-client.ts';
import {
  createSupervisorConnections,
  supervisorListens,
  type SupervisorConnections,
} from './supervisor-connections.ts';
import { findSupervisor, killSupervisor, removeRemains, startSupervisor } from './supervisor-process.ts';
import { defaultPython, type SupervisorPrograms } from './supervisor-program.ts';
import { createSupervisorStarter } from './supervisor-starter.ts';

// Ending a sandbox kills its processes and removes its files: hundreds of thousands of them at worst.
const SHUTDOWN_MS = 120_000;
// Another worker may be booting the same sandbox at this moment; a boot takes tens of milliseconds, seconds where hundreds
// of processes want each processor.
const FOREIGN_BOOT_MS = 60_000;

export interface BubblewrapOptions {
  /** Holds a directory for each sandbox and the shared copies of source trees. */
  readonly stateDir: string;
  readonly bwrap?: string;
  readonly python?: string;
}

const CAPABILITIES: SandboxCapabilities = {
  network: 'none',
  memoryLimit: 'process',
  processLimit: 'sandbox',
  backgroundProcesses: false,
  caveats: [
    'The memory limit holds for each process alone, and shared mappings do not count; when memory runs out, the kernel ends processes of sandboxes first.',
    'Disk space is limited for each file, not for the sandbox.',
    'Processor time is not limited; test runners are only told their share of cores.',
    'System calls are not filtered: the kernel itself is the boundary.',
    "Everything under the host's /usr can be read.",
  ],
};

/** Sandboxes of one Linux host, without an engine: bubblewrap over the host's /usr and an overlay of the source. */
export function createBubblewrapSandboxes(options: BubblewrapOptions): Sandboxes {
  const stateDir = path.resolve(options.stateDir);
  const bwrap = options.bwrap ?? '/usr/bin/bwrap';
  const programs = { python: options.python ?? defaultPython(), pythonCache: path.join(stateDir, '.python') };
  const starter = createSupervisorStarter(programs);
  const connections = createSupervisorConnections(stateDir);
  const assertUsable = createUsabilityCheck({ bwrap, python: programs.python });
  const directoryOf = (id: string): string => path.join(stateDir, id);

  async function connect(id: string): Promise<SupervisorClient> {
    const client = await connections.find(id);
    if (client === undefined) throw new SandboxGoneError(`no sandbox ${id} lives in ${stateDir}`);
    return client;
  }

  // Whoever finds a sandbox again does not know what it was made of, and counts on nothing.
  const sandboxOf = (id: string, apart = false): Sandbox =>
    createSupervisedSandbox({ id, treeRoot: TREE_ROOT, apart, connect: () => connect(id), destroy: () => destroy(id) });

  async function destroy(id: string): Promise<void> {
    assertSandboxId(id);
    await askToEnd(connections, id);
    await connections.drop(id);
    if (!existsSync(directoryOf(id))) return;
    await killSupervisor(directoryOf(id));
    await removeRemains(directoryOf(id), programs);
  }

  async function create(request: SandboxRequest): Promise<Sandbox> {
    const { id } = request;
    const description = describeRequest(request, bwrap);
    await assertUsable();
    while (!(await claimSandbox(stateDir, request, description))) {
      if (await livesSoon(connections, directoryOf(id), id)) return sandboxOf(id, isApart(request));
      await destroy(id);
    }
    try {
      await startSupervisor(directoryOf(id), starter);
      await connect(id);
    } catch (error) {
      await destroy(id).catch(() => undefined); // Why it does not boot is what the caller has to know.
      throw error;
    }
    return sandboxOf(id, isApart(request));
  }

  return {
    backend: 'bubblewrap',
    capabilities: CAPABILITIES,
    create,
    destroy,
    async attach(id) {
      assertSandboxId(id);
      await connect(id);
      return sandboxOf(id);
    },
    identify: createIdentification(),
    list: () => listSandboxes(stateDir),
    tidy: () => removeAbandoned(stateDir, programs),
    close: () => {
      starter.close();
      return connections.dropAll();
    },
  };
}

/** As `bubblewrap_launcher.py` has it. */
function isApart({ source }: SandboxRequest): boolean {
  return source.kind === 'tools';
}

/** A supervisor that hangs or dies on the way has to be ended like one that is dead already. */
async function askToEnd(connections: SupervisorConnections, id: string): Promise<void> {
  try {
    await (await connections.find(id))?.request({ op: 'shutdown' }, { timeoutMs: SHUTDOWN_MS });
  } catch {
    return;
  }
}

/** Whether a sandbox that is there already answers; a young one may still be booting. */
async function livesSoon(connections: SupervisorConnections, directory: string, id: string): Promise<boolean> {
  while ((await connections.find(id)) === undefined) {
    if ((await findSupervisor(directory)) === 'ended') return false;
    const description = await findDescription(directory);
    if (description === undefined || Date.now() - description.createdAtMs > FOREIGN_BOOT_MS) return false;
    await sleep(20);
  }
  return true;
}

function describeRequest(request: SandboxRequest, bwrap: string): string {
  assertSandboxId(request.id);
  if (request.source.kind === 'image') {
    const { image } = request.source;
    throw new ImageNotFoundError(`bubblewrap holds no images: ${image} needs the docker backend, or name a directory`);
  }
  const withEnvironment = request.source.kind === 'directory' && request.source.environment !== undefined;
  const environment = agentEnvironment({
    home: '/home/agent',
    cores: request.limits.cores,
    withEnvironment,
    variables: request.compiled?.variables,
  });
  return describeSandbox(request, { bwrap, environment, nowMs: Date.now() });
}

/** Asks once whether bubblewrap works here at all, because the first command is too late for that message. */
function createUsabilityCheck(programs: { readonly bwrap: string; readonly python: string }): () => Promise<void> {
  let knownToWork = false;
  return async () => {
    if (knownToWork) return;
    const problem = await bubblewrapProblem(programs);
    if (problem !== undefined) throw new SandboxUnavailableError(problem);
    knownToWork = true;
  };
}

async function listSandboxes(stateDir: string): Promise<readonly SandboxListing[]> {
  const names = await readdir(stateDir).catch(() => []);
  const ids = names.filter((name) => !name.startsWith('.'));
  const listings = await Promise.all(ids.map((id) => findListing(id, path.join(stateDir, id))));
  return listings.filter((listing) => listing !== undefined);
}

async function findListing(id: string, directory: string): Promise<SandboxListing | undefined> {
  const description = await findDescription(directory);
  if (description === undefined) return undefined;
  const { labels, bootsUntilMs, expiresAtMs } = description;
  const alive = (await supervisorListens(directory)) || typeof (await findSupervisor(directory)) === 'number';
  return { id, labels, alive, bootsUntilMs, expiresAtMs };
}

/** Half-made directories of sandboxes, and half-made copies of sources. */
async function removeAbandoned(stateDir: string, programs: SupervisorPrograms): Promise<readonly string[]> {
  const found = [...(await findAbandoned(stateDir)), ...(await findAbandoned(path.join(stateDir, '.trees')))];
  for (const directory of found) await removeRemains(directory, programs);
  return found;
}
