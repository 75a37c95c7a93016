import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createDockerSandboxes, type DockerOptions } from '../../src/sandbox/docker-sandboxes.ts';
import { dockerOptions } from '../support/docker-engine.ts';
import { type ContractHost, eventually } from './contract-host.ts';
import { writeSmallSource } from './small-source.ts';

/** A home of its own on the engine, and a small source tree. */
export interface DockerHost extends ContractHost {
  readonly options: DockerOptions;
  readonly directory: string;
}

export async function createDockerHost(): Promise<DockerHost> {
  const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-test-'));
  const source = path.join(directory, 'source');
  await writeSmallSource(source);
  const options = dockerOptions();
  return {
    source: { kind: 'directory', directory: source },
    missingSource: { kind: 'directory', directory: path.join(directory, 'nowhere') },
    options,
    directory,
    open: () => createDockerSandboxes(options),
    async cleanUp() {
      await rm(directory, { recursive: true, force: true });
      const sandboxes = createDockerSandboxes(options);
      await eventually(async () => (await sandboxes.list()).length === 0);
    },
  };
}
