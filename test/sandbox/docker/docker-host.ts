import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import Docker from 'dockerode';

import type { SandboxSource } from '../../../src/domain/subject/subject.ts';
import { createDockerSandboxes, type DockerOptions } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { startFakeRegistry } from '../../support/fake-registry.ts';
import { createTestImages, tree } from '../../support/test-images.ts';
import { eventually, type SharedHost } from '../contract-host.ts';
import { writeSmallSource } from '../small-source.ts';

/** A home of its own on the engine, and a small source tree. */
export interface DockerHost extends SharedHost {
  readonly options: DockerOptions;
}

export async function createDockerHost(): Promise<DockerHost> {
  const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-test-'));
  const source = path.join(directory, 'source');
  await writeSmallSource(source);
  return hostOf(directory, {
    source: { kind: 'directory', directory: source },
    missingSource: { kind: 'directory', directory: path.join(directory, 'nowhere') },
  });
}

/** The same tree in an image, whose user is the one that our own layers have; a registry says what is missing. */
export async function createDockerImageHost(): Promise<DockerHost> {
  const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-test-'));
  const images = createTestImages(dockerOptions().baseImage);
  const registry = await startFakeRegistry(Buffer.alloc(0));
  await writeSmallSource(path.join(directory, 'source'));
  const names = ['README', 'src/old', 'src/kept', 'src/gone/file', 'src/replaced/before'];
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(path.join(directory, 'source', name), 'utf8')] as const),
  );
  const users = { passwd: 'root:x:0:0::/root:/bin/bash\nagent:x:1000:1000::/home/agent:/bin/bash\n' };
  const entries = [
    ...tree('/repo', Object.fromEntries(files), 1000),
    ...tree('/home/agent', {}, 1000),
    ...tree('/etc', { ...users, group: 'root:x:0:\nagent:x:1000:\n' }),
  ];
  const image = await images.fromBase(entries, ['WORKDIR /repo', 'ENV LANG=C.UTF-8']);
  const host = hostOf(directory, {
    source: { kind: 'image', image },
    missingSource: { kind: 'image', image: `${registry.host}/absent/image:latest` },
  });
  return {
    ...host,
    async cleanUp() {
      await host.cleanUp();
      await images.remove();
      await registry.close();
    },
  };
}

function hostOf(
  directory: string,
  sources: { readonly source: SandboxSource; readonly missingSource: SandboxSource },
): DockerHost {
  const options = dockerOptions();
  return {
    ...sources,
    place: ['docker', options.home],
    options,
    directory,
    open: () => createDockerSandboxes(options),
    async cleanUp() {
      await rm(directory, { recursive: true, force: true });
      const sandboxes = createDockerSandboxes(options);
      await eventually(async () => (await sandboxes.list()).length === 0);
      await sandboxes.close();
      await removeLayers(directory);
    },
  };
}

/** Those above first: an image that another one is made of stays. */
async function removeLayers(directory: string): Promise<void> {
  const docker = new Docker();
  const layers = await docker.listImages({ filters: { label: ['selfplay.source'] } });
  const own = layers.filter(({ Labels }) => Labels['selfplay.source']?.startsWith(`${directory}/`));
  for (const kind of ['compiled', 'tree', 'environment'])
    for (const { Id } of own.filter(({ Labels }) => Labels['selfplay.layer'] === kind))
      await docker
        .getImage(Id)
        .remove({ force: true })
        .catch(() => undefined);
}
