import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ImageNotFoundError, SandboxGoneError, SnapshotUnusableError } from '../../../src/domain/failure/errors.ts';
import { containerOptions } from '../../../src/sandbox/docker/docker-container.ts';
import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import type { Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { startOrphanReaper } from '../../../src/sandbox/orphan-reaper.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { aCommand, aSandbox, endAll, output } from '../contract-host.ts';
import { createDockerHost, type DockerHost } from './docker-host.ts';
import { hostProcesses } from '../host-processes.ts';

describe('docker sandboxes', () => {
  const docker = new Docker();
  let host: DockerHost;
  let sandboxes: Sandboxes;

  beforeEach(async () => {
    host = await createDockerHost();
    sandboxes = host.open();
  });
  afterEach(async () => {
    await endAll(sandboxes);
    await host.cleanUp();
  });

  const containerOf = async (id: string) => {
    const found = await docker.listContainers({ all: true, filters: { label: [`selfplay.sandbox=${id}`] } });
    return docker.getContainer(found[0]?.Id ?? 'none');
  };

  it('ends a fork bomb of busy processes soon after its limit, and goes on', async () => {
    const limits = { memoryBytes: 2 * 1024 ** 3, processes: 512, fileBytes: 1024 ** 2, cores: 1 };
    const sandbox = await sandboxes.create(aSandbox(host, { limits }));
    const bomb = 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass';
    const ended = await sandbox.run(aCommand('', { argv: ['python3', '-c', bomb], timeoutMs: 2_000 }));
    expect(ended).toMatchObject({ ending: 'timed-out', exitCode: null });
    // Half of the time that a client waits for beyond the limit before it takes the sandbox for lost.
    expect(ended.durationMs).toBeLessThan(17_000);
    expect(await output(sandbox, 'echo whole')).toBe('whole');
  });

  it('reports a container that is killed as a sandbox that is gone, and boots anew under its id', async () => {
    const request = aSandbox(host);
    const sandbox = await sandboxes.create(request);
    await sandbox.write('/tmp/old', Buffer.from('x'));
    const lost = expect(sandbox.run(aCommand('sleep 1000'))).rejects.toThrow(SandboxGoneError);
    await (await containerOf(sandbox.id)).kill();
    await lost;
    const second = await sandboxes.create(request);
    expect(await second.read('/tmp/old', { maxBytes: 9 })).toEqual({ found: false, problem: 'missing' });
  });

  it('takes a container that somebody has started again for a sandbox that is gone, and boots anew under its id', async () => {
    const request = aSandbox(host);
    const first = await sandboxes.create(request);
    await first.write('/tmp/old', Buffer.from('x'));
    const container = await containerOf(first.id);
    await container.restart({ t: 0 });
    expect((await container.inspect()).State.Running).toBe(true);
    await expect(sandboxes.attach(first.id)).rejects.toThrow(SandboxGoneError);
    await expect(first.run(aCommand('true'))).rejects.toThrow(SandboxGoneError);
    const second = await sandboxes.create(request);
    expect(await second.read('/tmp/old', { maxBytes: 9 })).toEqual({ found: false, problem: 'missing' });
  });

  it('destroys a sandbox whose supervisor hangs', async () => {
    const { id } = await sandboxes.create(aSandbox(host));
    await (await containerOf(id)).pause();
    await sandboxes.destroy(id);
    expect(await sandboxes.list()).toEqual([]);
  });

  it('lists a container that was created and never started, and the reaper removes it', async () => {
    const { id } = await sandboxes.create(aSandbox(host, { id: 'model' }));
    const { Name, Image } = await (await containerOf(id)).inspect();
    const request = aSandbox(host, { id: 'half-made', lifetimeSeconds: 0 });
    const source = { kind: 'image', image: { id: Image, environment: [], workingDirectory: '/' } } as const;
    const name = Name.slice(1).replace('model', 'half-made');
    const own = { home: host.options.home, source, toolsVolume: 'none', engineCores: 1, nowMs: Date.now() };
    await docker.createContainer({ ...containerOptions(request, { ...own, name }), HostConfig: {} });
    const listing = (await sandboxes.list()).find((found) => found.id === 'half-made');
    expect(listing).toMatchObject({ alive: false, labels: { deployment: 'tests' } });
    const problems: unknown[] = [];
    const reaper = startOrphanReaper({
      ...{ sandboxes, deployment: 'tests', ownerLives: () => Promise.resolve(true), intervalMs: 60_000 },
      onProblem: (problem) => problems.push(problem),
    });
    await reaper.stop();
    expect(problems).toEqual([]);
    expect((await sandboxes.list()).map((found) => found.id)).toEqual(['model']);
  });

  it('shows what was compiled, read-only, and the variables that lead there', async () => {
    const compiled = path.join(host.directory, 'compiled');
    await mkdir(compiled, { recursive: true });
    await writeFile(path.join(compiled, 'about'), 'ours\n');
    const request = aSandbox(host, { compiled: { directory: compiled, variables: { GOCACHEPROG: 'a program' } } });
    const script = 'cat /opt/compiled/about; echo "$GOCACHEPROG"; touch /opt/compiled/x 2>/dev/null || echo read-only';
    expect(await output(await sandboxes.create(request), script)).toBe('ours\na program\nread-only');
  });

  it('puts the programs of an environment first on the path, out of reach', async () => {
    const environment = path.join(host.directory, 'environment');
    await mkdir(path.join(environment, 'bin'), { recursive: true });
    await writeFile(path.join(environment, 'bin', 'env'), '#!/bin/sh\necho ours\n', { mode: 0o755 });
    const source = { kind: 'directory', directory: path.join(host.directory, 'source'), environment } as const;
    const sandbox = await sandboxes.create(aSandbox({ source }));
    const script = 'env; touch /opt/environment/x 2>/dev/null || echo read-only; command -v python3';
    expect(await output(sandbox, script)).toBe('ours\nread-only\n/usr/bin/python3');
    const missing = { ...source, environment: '/no/environment' };
    await expect(sandboxes.create(aSandbox({ source: missing }))).rejects.toThrow(ImageNotFoundError);
  });

  it('does not change when its source is edited, and a later one does', async () => {
    const before = await sandboxes.create(aSandbox(host));
    await writeFile(path.join(host.directory, 'source', 'README'), 'edited\n');
    const after = await sandboxes.create(aSandbox(host));
    expect(await output(before, 'cat README')).toBe('hello');
    expect(await output(after, 'cat README')).toBe('edited');
  });

  it('says that memory ran out', async () => {
    const limits = { memoryBytes: 128 * 1024 ** 2, processes: 50, fileBytes: 1024 ** 3, cores: 1 };
    const sandbox = await sandboxes.create(aSandbox(host, { limits }));
    const fill = 'import time\nblock = b"x" * (60 << 20)\ntime.sleep(5)';
    const script = `for i in 1 2 3 4 5 6; do python3 -c '${fill}' & done; wait; echo done`;
    const result = await sandbox.run(aCommand(script));
    expect(result).toMatchObject({ ending: 'exited', exitCode: 0, outOfMemory: true });
    expect(await sandbox.run(aCommand('true'))).not.toHaveProperty('outOfMemory');
  });

  it('leaves nothing behind that a deadline ended, however it hides', async () => {
    const sandbox = await sandboxes.create(aSandbox(host));
    const hide =
      'import os\nfor _ in range(20):\n  if os.fork(): os._exit(0)\n  os.setsid()\nos.execvp("sleep", ["sleep", "54321"])';
    const result = await sandbox.run(aCommand(`python3 -c '${hide}'; sleep 54321`, { timeoutMs: 2000 }));
    expect(result.ending).toBe('timed-out');
    expect(await hostProcesses('sleep\u000054321')).toEqual([]);
  });

  it.each([
    ['not a snapshot', Buffer.from('garbage')],
    ['an archive of something else', gzipSync(Buffer.alloc(10_240))],
  ])('refuses %s as a snapshot and leaves nothing behind', async (_, snapshot) => {
    await expect(sandboxes.create(aSandbox(host, { snapshot }))).rejects.toThrow(SnapshotUnusableError);
    expect(await sandboxes.list()).toEqual([]);
  });

  it('makes its tools and layers again when somebody pruned them from the engine', async () => {
    const worker = host.open();
    await (await worker.create(aSandbox(host))).destroy();
    const layers = await docker.listImages({ filters: { label: [`selfplay.source=${host.directory}/source`] } });
    for (const { Id } of layers) await docker.getImage(Id).remove({ force: true });
    expect(await output(await worker.create(aSandbox(host)), 'cat README')).toBe('hello');
    await worker.close();
  });

  it('says what to do when set-up has not made the tools', async () => {
    const bare = createDockerSandboxes(dockerOptions({ toolsArchive: '/no/tools.tar' }));
    await expect(bare.create(aSandbox(host))).rejects.toThrow(/\/no\/tools\.tar.*scripts\/setup --only docker/);
  });
});
