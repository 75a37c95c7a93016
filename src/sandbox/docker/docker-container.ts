import type { ContainerCreateOptions } from 'dockerode';

import { agentEnvironment, coresForTestRunners } from '../supervised/agent-environment.ts';
import type { EngineImage } from './docker-images.ts';
import { LABEL } from './docker-labels.ts';
import { TREE_ROOT } from '../mount-points.ts';
import { AGENT_HOME } from './docker-layers.ts';
import { pythonCommand, TOOLS_ROOT } from './docker-tools.ts';
import { bootsUntil, type SandboxLabels, type SandboxListing, type SandboxRequest } from '../sandbox.ts';

/** As `container_launcher.py` has it. */
const SUPERVISOR_ID = 64_999;
// The supervisor with its spare children: processes and memory that the agent's limits do not pay for.
const OWN_PROCESSES = 8;
const OWN_MEMORY_BYTES = 96 * 1024 ** 2;
const SHARED_MEMORY_BYTES = 64 * 1024 ** 2;
// What the supervisor needs to become any user, to end any process and to read and restore any file; no agent has any.
const SUPERVISOR_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'];

// What it needs besides to give each command a place of its own. Only where there is no tree and nothing of a subject.
const APART_CAPABILITY = 'SYS_ADMIN';

/** Which source a container is made of: an image as it is, or one of our own layers. */
export type ContainerSource =
  | { readonly kind: 'image'; readonly image: EngineImage }
  | { readonly kind: 'layers'; readonly name: string; readonly withEnvironment: boolean };

/** How a sandbox's container is made: nothing of the host in it, no network, no way to more rights. */
export function containerOptions(
  request: SandboxRequest,
  own: {
    readonly name: string;
    readonly home: string;
    readonly source: ContainerSource;
    readonly toolsVolume: string;
    readonly engineCores: number;
    readonly nowMs: number;
  },
): ContainerCreateOptions {
  const { limits } = request;
  const memory = limits.memoryBytes + OWN_MEMORY_BYTES;
  return {
    name: own.name,
    Image: own.source.kind === 'image' ? own.source.image.id : own.source.name,
    // The image's own entry point and command are for whoever runs it as a service.
    Entrypoint: [...pythonCommand('container_supervisor', 'serve')],
    Cmd: [],
    User: '0:0',
    WorkingDir: '/',
    Hostname: 'sandbox',
    Env: [`SELFPLAY_CONFIG=${JSON.stringify(supervisorConfig(request, own.source))}`, ...loaderEnvironment()],
    Labels: labelsOf(request, own),
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      AutoRemove: true,
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      CapAdd: isApart(request) ? [...SUPERVISOR_CAPABILITIES, APART_CAPABILITY] : SUPERVISOR_CAPABILITIES,
      SecurityOpt: ['no-new-privileges'],
      // The supervisor is process 1 itself: an init that runs as root could be told to end it by an agent that is root.
      Init: false,
      IpcMode: 'private',
      LogConfig: { Type: 'none', Config: {} },
      PidsLimit: limits.processes + OWN_PROCESSES,
      ...{ Memory: memory, MemorySwap: memory, ShmSize: SHARED_MEMORY_BYTES },
      NanoCpus: Math.min(limits.cores, own.engineCores) * 1e9,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      Mounts: [{ Type: 'volume', Source: own.toolsVolume, Target: TOOLS_ROOT, ReadOnly: true }],
      Tmpfs: { [`${TOOLS_ROOT}/run`]: `rw,noexec,nosuid,nodev,size=1m,mode=0700,uid=${SUPERVISOR_ID}` },
    },
  };
}

export interface BridgeOptions {
  readonly Cmd: string[];
  readonly User: string;
  readonly WorkingDir: string;
  readonly Env: string[];
  readonly AttachStdin: true;
  readonly AttachStdout: true;
  readonly AttachStderr: true;
}

/** The `exec` that joins a client with the supervisor, as a user whom no agent can signal. */
export function bridgeOptions(): BridgeOptions {
  return {
    Cmd: [...pythonCommand('container_bridge', 'main')],
    User: `${SUPERVISOR_ID}:${SUPERVISOR_ID}`,
    WorkingDir: '/',
    Env: loaderEnvironment(),
    ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
  };
}

/** What an image sets for its own programs must not lead ours to its libraries. */
function loaderEnvironment(): string[] {
  return ['LD_PRELOAD=', 'LD_LIBRARY_PATH=', 'LD_AUDIT='];
}

function supervisorConfig(request: SandboxRequest, source: ContainerSource): Readonly<Record<string, unknown>> {
  const { id, limits, leaseSeconds, lifetimeSeconds, agentUser, repoRoot, snapshot } = request;
  const hasSnapshot = snapshot !== undefined;
  const common = { id, limits, leaseSeconds, lifetimeSeconds, hasSnapshot, apart: isApart(request) };
  if (source.kind === 'layers') {
    const { withEnvironment } = source;
    const { variables } = request.compiled ?? {};
    const environment = agentEnvironment({ home: AGENT_HOME, cores: limits.cores, withEnvironment, variables });
    return { ...common, environment, ownEnvironment: {}, tree: { root: TREE_ROOT } };
  }
  const { environment, workingDirectory } = source.image;
  return {
    ...common,
    environment: Object.fromEntries(environment.map(toVariable)),
    ownEnvironment: coresForTestRunners(limits.cores),
    tree: repoRoot === undefined ? { workingDirectory } : { root: repoRoot },
    ...(agentUser === undefined ? {} : { agentUser }),
  };
}

function isApart({ source }: SandboxRequest): boolean {
  return source.kind === 'tools';
}

function toVariable(text: string): readonly [string, string] {
  const end = text.indexOf('=');
  return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

function labelsOf(
  { id, labels, lifetimeSeconds, leaseSeconds }: SandboxRequest,
  { home, nowMs }: { readonly home: string; readonly nowMs: number },
): Record<string, string> {
  return {
    [LABEL.home]: home,
    [LABEL.sandbox]: id,
    [LABEL.deployment]: labels.deployment,
    [LABEL.run]: labels.run,
    [LABEL.episode]: labels.episode,
    [LABEL.expires]: new Date(nowMs + lifetimeSeconds * 1000).toISOString(),
    [LABEL.bootsUntil]: new Date(bootsUntil({ leaseSeconds }, nowMs)).toISOString(),
  };
}

/** What the engine is asked for to list the sandboxes of one home. */
export function homeFilter(home: string): { readonly label: string[] } {
  return { label: [`${LABEL.home}=${home}`] };
}

export function toListing(container: {
  readonly Labels: Readonly<Record<string, string>>;
  readonly State: string;
}): SandboxListing {
  const label = (name: keyof typeof LABEL): string => container.Labels[LABEL[name]] ?? '';
  const labels: SandboxLabels = { deployment: label('deployment'), run: label('run'), episode: label('episode') };
  return {
    id: label('sandbox'),
    labels,
    alive: container.State === 'running',
    bootsUntilMs: Date.parse(label('bootsUntil')),
    expiresAtMs: Date.parse(label('expires')),
  };
}
