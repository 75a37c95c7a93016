import { spawn } from 'node:child_process';

import { SandboxGoneError, SandboxUnavailableError } from '../../src/domain/failure/errors.ts';
import { connectDocker } from '../../src/sandbox/docker/docker-endpoint.ts';
import type { DockerOptions } from '../../src/sandbox/docker/docker-sandboxes.ts';
import { createDockerSources } from '../../src/sandbox/docker/docker-sources.ts';
import type { CommandResult, Sandbox, Sandboxes, SandboxRequest } from '../../src/sandbox/sandbox.ts';

/**
 * How others do it: `docker run` for each state, `docker exec` for each command in it, the image as it is.
 *
 * It keeps the sandbox port, so that the very same checks run on it; what the port promises beyond that (leases,
 * snapshots, hard kills) it does not.
 */
export function createDockerPerState(options: DockerOptions): Sandboxes {
  const sources = createDockerSources(connectDocker(options), { ...options, say: () => undefined });
  const images = new Map<string, Promise<string>>();
  const containers = new Map<string, string>();

  // Others are given an image; making it is no part of what is measured.
  function imageOf(source: SandboxRequest['source']): Promise<string> {
    const key = JSON.stringify(source);
    const image = images.get(key) ?? sources.prepare({ source }).then((ready) => nameOf(ready.source));
    images.set(key, image);
    return image;
  }

  async function create({ id, source, limits }: SandboxRequest): Promise<Sandbox> {
    const withTree = source.kind !== 'tools';
    const place = withTree ? TREE : '/tmp';
    const environment = withTree ? [`PATH=/opt/environment/bin:${PATH}`, ...ENVIRONMENT] : ENVIRONMENT;
    const { stdout, exitCode, stderr } = await docker([
      ...['run', '-d', '--rm', '--init', '--network', 'none', '--user', 'agent', '--workdir', place],
      ...['--memory', String(limits.memoryBytes), '--pids-limit', String(limits.processes)],
      ...environment.flatMap((variable) => ['--env', variable]),
      ...[await imageOf(source), 'sleep', '2h'],
    ]);
    if (exitCode !== 0) throw new SandboxUnavailableError(`docker run failed: ${stderr.toString().trim()}`);
    const container = stdout.toString().trim();
    containers.set(id, container);
    return { ...sandboxIn(container, place), id, destroy: () => destroy(id) };
  }

  async function destroy(id: string): Promise<void> {
    const container = containers.get(id);
    if (container === undefined) return;
    containers.delete(id);
    await docker(['rm', '--force', container]);
  }

  return {
    backend: 'docker',
    capabilities: {
      ...{ network: 'none', memoryLimit: 'sandbox', processLimit: 'sandbox', backgroundProcesses: true },
      caveats: [],
    },
    create,
    destroy,
    attach: (id) => Promise.reject(new SandboxGoneError(`no sandbox ${id} can be attached to`)),
    // Containers are made of the same image for each state.
    identify: async (source) => ({ fingerprint: await imageOf(source), hostDirectories: [] }),
    list: () => Promise.resolve([]),
    tidy: () => Promise.resolve([]),
    close: async () => {
      await Promise.all([...containers.keys()].map(destroy));
    },
  };
}

function sandboxIn(container: string, treeRoot: string): Omit<Sandbox, 'id' | 'destroy'> {
  return {
    treeRoot,
    apart: false,
    run: (command) => exec(container, command),
    async read(path, { maxBytes }) {
      const script = 'if [ -x "$1" ]; then printf x; else printf -; fi; cat -- "$1"';
      const { exitCode, stdout } = await docker(['exec', container, 'sh', '-c', script, 'sh', path]);
      if (exitCode !== 0) return { found: false, problem: 'missing' };
      const content = stdout.subarray(1);
      if (content.length > maxBytes) return { found: false, problem: 'too-large' };
      return { found: true, content, executable: stdout.subarray(0, 1).toString() === 'x' };
    },
    async write(path, content, { executable = false } = {}) {
      const script = `mkdir -p "$(dirname "$1")" && cat > "$1"${executable ? ' && chmod a+x "$1"' : ''}`;
      const { exitCode } = await docker(['exec', '-i', container, 'sh', '-c', script, 'sh', path], content);
      return exitCode === 0 ? { written: true } : { written: false, problem: 'not-permitted' };
    },
    // Only rollouts write with an id, and none is played here.
    findWriting: () => Promise.resolve(undefined),
    async hide(entries) {
      const paths = entries.map(({ path }) => path);
      if (paths.length > 0) await docker(['exec', '--user', '0', container, 'rm', '-rf', '--', ...paths]);
    },
    markTree: () => Promise.resolve(),
    treeChanged: () => Promise.resolve(true),
    snapshot: () => Promise.reject(new SandboxUnavailableError('a container for one state has no snapshots')),
  };
}

const TREE = '/repo';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ENVIRONMENT = ['HOME=/home/agent', 'LANG=C.UTF-8', 'USER=agent'];

function nameOf(source: { kind: 'image'; image: { id: string } } | { kind: 'layers'; name: string }): string {
  return source.kind === 'image' ? source.image.id : source.name;
}

type PortCommand = Parameters<Sandbox['run']>[0];

/** `timeout` inside the container is how others end a command. */
async function exec(
  container: string,
  { argv, cwd, env = {}, stdin, timeoutMs, separateStderr = false }: PortCommand,
): Promise<CommandResult> {
  const startedAt = performance.now();
  const place = cwd === undefined ? [] : ['--workdir', cwd];
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const merged = separateStderr ? argv : ['bash', '-c', 'exec "$@" 2>&1', 'bash', ...argv];
  const limited = ['timeout', '--kill-after=5', String(timeoutMs / 1000), ...merged];
  const result = await docker(['exec', '-i', ...place, ...variables, container, ...limited], stdin);
  const timedOut = result.exitCode === 124 || result.exitCode === 137;
  const whole = (bytes: Buffer) => ({ head: bytes, tail: Buffer.alloc(0), droppedBytes: 0 });
  return {
    ending: timedOut ? 'timed-out' : 'exited',
    exitCode: timedOut ? null : result.exitCode,
    stdout: whole(result.stdout),
    stderr: whole(result.stderr),
    durationMs: performance.now() - startedAt,
  };
}

interface Output {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

function docker(args: readonly string[], stdin: Uint8Array = new Uint8Array()): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A command that ends without reading its input closes the pipe; its exit status tells the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ exitCode: code ?? 1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
    });
  });
}
