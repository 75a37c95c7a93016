import { afterAll } from 'vitest';

import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import { startSecondEngine, type SecondEngine } from '../../support/second-engine.ts';
import { describeSnapshots } from '../sandbox-snapshots.ts';
import { createDockerHost, createDockerImageHost, type DockerHost } from './docker-host.ts';

let starting: Promise<SecondEngine> | undefined;
afterAll(async () => {
  await (await starting)?.stop();
});

/** What the second engine has to know beforehand is what a registry gives it: nothing else is there. */
async function withSecondEngine(host: DockerHost) {
  const engine = await (starting ??= startSecondEngine());
  await engine.load(host.source.kind === 'image' ? host.source.image : host.options.baseImage);
  return { ...host, openElsewhere: () => createDockerSandboxes({ ...host.options, host: engine.host }) };
}

describeSnapshots('docker with a directory', async () => withSecondEngine(await createDockerHost()));
describeSnapshots('docker with an image', async () => withSecondEngine(await createDockerImageHost()));
