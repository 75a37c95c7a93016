import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import type Docker from 'dockerode';
import pLimit from 'p-limit';

import { SandboxGoneError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { bootFresh } from './docker-boot.ts';
import { inspectContainer, removeContainer } from './docker-build.ts';
import { callEngineAgain } from './docker-calls.ts';
import { createDockerConnections, type ConnectedSandbox } from './docker-connections.ts';
import { homeFilter, toListing } from './docker-container.ts';
import { connectDocker } from './docker-endpoint.ts';
import { removeHelpers } from './docker-helpers.ts';
import { createDockerSources } from './docker-sources.ts';
import { removeUnfinishedTools } from './docker-tools.ts';
import { assertSandboxId } from '../sandbox-id.ts';
import type { Sandbox, SandboxCapabilities, Sandboxes, SandboxListing, SandboxRequest } from '../sandbox.ts';
import { createSupervisedSandbox } from '../supervised/supervised-sandbox.ts';

export interface DockerOptions {
  /** Whose sandboxes these are: workers with the same home find each other's, others do not. */
  readonly home: string;
  readonly host?: string;
  readonly configDirectory: string;
  /** With python3 and git; what directories and parsers run in. */
  readonly baseImage: string;
  /** The tar that set-up made of Python, git and bash. */
  readonly toolsArchive: string;
  readonly say?: (what: string) => void;
}

// Between its creation and its start a container waits for its turn; one that waits longer was given up.
const FOREIGN_BOOT_MS = 60_000;
const CAPABILITIES: SandboxCapabilities = {
  network: 'none',
  memoryLimit: 'sandbox',
  processLimit: 'sandbox',
  backgroundProcesses: false,
  caveats: [
    'Disk space is limited for each file, not for the sandbox.',
    'Containers share the kernel of the engine; a hostile model needs gVisor or a virtual machine.',
  ],
};

/** Sandboxes of one engine: a container each, with a supervisor as its main process and one bridge for each worker. */
export function createDockerSandboxes(options: DockerOptions): Sandboxes {
  const { home } = options;
  const docker = connectDocker(options);
  const say = options.say ?? (() => undefined);
  const prefix = `selfplay-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
  const nameOf = (id: string): string => `${prefix}-${id}`;
  const connections = createDockerConnections(docker, nameOf);
  const sources = createDockerSources(docker, { ...options, say });
  // More at once do not start sooner, each only takes longer.
  const lifecycle = pLimit(Math.max(2, availableParallelism()));

  async function connect(id: string) {
    const connection = await connections.find(id);
    if (connection === undefined) throw new SandboxGoneError(`no sandbox ${id} runs on the engine`);
    return connection;
  }

  const sandboxOf = (id: string, { treeRoot, apart }: ConnectedSandbox): Sandbox =>
    createSupervisedSandbox({
      ...{ id, treeRoot, apart, connect: async () => (await connect(id)).client },
      destroy: () => destroy(id),
    });

  async function destroy(id: string): Promise<void> {
    assertSandboxId(id);
    // The engine first: a client that sees its connection close looks whether the sandbox is still there.
    await lifecycle(() => removeContainer(docker, nameOf(id)));
    await connections.drop(id);
  }

  async function create(request: SandboxRequest): Promise<Sandbox> {
    const { id } = request;
    assertSandboxId(id);
    const own = { name: nameOf(id), home, lifecycle };
    while ((await bootFresh(docker, sources, request, own)) === 'name-taken') {
      const holder = await awaitHolder(docker, own.name);
      const living = holder === 'running' ? await connections.find(id) : undefined;
      if (living !== undefined) return sandboxOf(id, living);
      if (holder !== 'absent') await destroy(id);
    }
    try {
      return sandboxOf(id, await connect(id));
    } catch (error) {
      await destroy(id).catch(() => undefined); // Why it does not boot is what the caller has to know.
      if (!(error instanceof SandboxGoneError)) throw error;
      throw new SandboxUnavailableError(`the container of sandbox ${id} ended while it booted`, { cause: error });
    }
  }

  return {
    backend: 'docker',
    capabilities: CAPABILITIES,
    create,
    destroy,
    identify: (source) => sources.identify(source),
    async attach(id) {
      assertSandboxId(id);
      return sandboxOf(id, await connect(id));
    },
    list: () => listContainers(docker, home),
    // The containers first, which hold the volumes.
    tidy: async () => [...(await removeHelpers(docker, home)), ...(await removeUnfinishedTools(docker, home))],
    close: () => connections.dropAll(),
  };
}

/**
 * What became of a container whose name is taken: another worker's, perhaps in the middle of its boot. `absent` means
 * that it went away, or that the engine has given out the name and not made the container yet.
 */
async function awaitHolder(docker: Docker, name: string): Promise<'running' | 'dead' | 'absent'> {
  for (;;) {
    const found = await inspectContainer(docker, name);
    if (found?.State.Running === true) return 'running';
    const young = found !== undefined && Date.now() - Date.parse(found.Created) < FOREIGN_BOOT_MS;
    if (found !== undefined && (!young || found.State.Status !== 'created')) return 'dead';
    await sleep(50);
    if (found === undefined) return 'absent';
  }
}

async function listContainers(docker: Docker, home: string): Promise<readonly SandboxListing[]> {
  const found = await callEngineAgain('list of containers', (abortSignal) =>
    docker.listContainers({ all: true, filters: homeFilter(home), abortSignal }),
  );
  return found.map(toListing);
}
