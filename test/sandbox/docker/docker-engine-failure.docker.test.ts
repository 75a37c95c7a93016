import { connect, createServer, type Server, type Socket } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ImageNotFoundError, SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { callEngine } from '../../../src/sandbox/docker/docker-calls.ts';
import { dockerProblem } from '../../../src/sandbox/docker/docker-problem.ts';
import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import { archiveOf } from '../../../src/sandbox/source/source-archive.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { startFakeRegistry } from '../../support/fake-registry.ts';
import { busyboxRoot, tree } from '../../support/test-images.ts';
import { aCommand, aSandbox, text } from '../contract-host.ts';

const ENGINE = '/var/run/docker.sock';

/** A socket in front of the engine, which can be made to hang, to refuse, or to break what is open. */
interface Gate {
  readonly host: string;
  mode: 'open' | 'hangs' | 'refuses';
  breakAll(): void;
  close(): Promise<void>;
}

async function openGate(directory: string): Promise<Gate> {
  const file = path.join(directory, 'engine.sock');
  const sockets = new Set<Socket>();
  const gate: Gate = {
    host: `unix://${file}`,
    mode: 'open',
    breakAll() {
      for (const socket of sockets) socket.destroy();
    },
    close: () => closed(server),
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client);
    client.on('error', () => undefined).on('close', () => sockets.delete(client));
    if (gate.mode === 'refuses') client.destroy();
    if (gate.mode !== 'open') return;
    const engine = connect({ path: ENGINE, allowHalfOpen: true });
    engine.on('error', () => client.destroy());
    client.on('close', () => engine.destroy());
    client.pipe(engine);
    engine.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  return gate;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

describe('an engine that fails', () => {
  let directory: string;
  let gate: Gate;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'selfplay-test-'));
    gate = await openGate(directory);
  });
  afterEach(async () => {
    gate.breakAll();
    await gate.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('is infrastructure when it does not answer in time', async () => {
    gate.mode = 'hangs';
    const docker = new Docker({ socketPath: gate.host.slice('unix://'.length) });
    const call = callEngine('info', () => docker.info(), 300);
    await expect(call).rejects.toThrow(SandboxUnavailableError);
    await expect(call).rejects.toThrow(/docker info: no answer in 300 ms/);
  });

  it('is infrastructure when nobody listens', async () => {
    gate.mode = 'refuses';
    const sandboxes = createDockerSandboxes(dockerOptions({ host: gate.host }));
    await expect(sandboxes.list()).rejects.toThrow(SandboxUnavailableError);
    await expect(sandboxes.create(aSandbox({ source: { kind: 'tools' } }))).rejects.toThrow(SandboxUnavailableError);
    await expect(sandboxes.attach('x')).rejects.toThrow(SandboxUnavailableError);
    await expect(sandboxes.destroy('x')).rejects.toThrow(SandboxUnavailableError);
  });

  it('loses no command when its connections break, and runs none twice', async () => {
    const sandboxes = createDockerSandboxes(dockerOptions({ host: gate.host }));
    const sandbox = await sandboxes.create(aSandbox({ source: { kind: 'tools' } }));
    const running = sandbox.run(aCommand('echo run >> /tmp/count; sleep 1; cat /tmp/count'));
    setTimeout(() => {
      gate.breakAll();
    }, 300);
    expect(text((await running).stdout)).toBe('run\n');
    await sandbox.destroy();
    await sandboxes.close();
  });

  it('is asked again after a reply that was lost', async () => {
    const sandboxes = createDockerSandboxes(dockerOptions({ host: gate.host }));
    await sandboxes.list();
    gate.mode = 'refuses';
    gate.breakAll();
    setTimeout(() => {
      gate.mode = 'open';
    }, 250);
    expect(await sandboxes.list()).toEqual([]);
    await sandboxes.close();
  });

  it('is told from one that answers', async () => {
    expect(await dockerProblem(dockerOptions())).toBeUndefined();
    gate.mode = 'refuses';
    expect(await dockerProblem(dockerOptions({ host: gate.host }))).toMatch(/no engine answers at unix:/);
    const bare = dockerOptions({ baseImage: 'selfplay-test/none:none', toolsArchive: '/none' });
    expect(await dockerProblem(bare)).toMatch(/scripts\/setup --only docker/);
  });
});

describe('images of a registry', () => {
  it('are pulled with the login of the docker command, once, and known as ours', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-test-'));
    const layer = await buffer(archiveOf([...(await busyboxRoot()), ...tree('/app', { README: 'pulled\n' }, 1000)]));
    const registry = await startFakeRegistry(layer, { login: 'user:pa:ss' });
    const image = `${registry.host}/present/subject`;
    const said: string[] = [];
    const open = (configDirectory: string) =>
      createDockerSandboxes(dockerOptions({ configDirectory, say: (what) => said.push(what) }));
    const docker = new Docker();
    try {
      const anonymous = open(path.join(directory, 'none'));
      const refused = anonymous.create(aSandbox({ source: { kind: 'image', image } }));
      await expect(refused).rejects.toThrow(ImageNotFoundError);
      await expect(refused).rejects.toThrow(/docker login/);
      const auth = Buffer.from('user:pa:ss').toString('base64');
      await mkdir(path.join(directory, 'config'));
      await writeFile(
        path.join(directory, 'config', 'config.json'),
        JSON.stringify({ auths: { [registry.host]: { auth } } }),
      );
      const sandboxes = open(path.join(directory, 'config'));
      const both = ['one', 'two'].map((id) => sandboxes.create(aSandbox({ source: { kind: 'image', image } }, { id })));
      for (const sandbox of await Promise.all(both)) {
        expect(text((await sandbox.run(aCommand('cat README'))).stdout)).toBe('pulled\n');
        await sandbox.destroy();
      }
      expect(said).toContain(`pulled the image ${image}`);
      const { RepoTags } = await docker.getImage(image).inspect();
      expect(RepoTags.filter((tag) => tag.startsWith('selfplay/pulled:'))).toHaveLength(1);
      for (const tag of RepoTags) await docker.getImage(tag).remove();
      await sandboxes.close();
    } finally {
      await registry.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
