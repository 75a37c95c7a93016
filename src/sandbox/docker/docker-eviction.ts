import { statfs } from 'node:fs/promises';

import type Docker from 'dockerode';

import { inspectImage } from './docker-build.ts';
import { callEngine, callEngineAgain, statusOf } from './docker-calls.ts';
import { isRecord } from '../is-record.ts';

// Below this share of free disk the next pull may fill it; images of subjects have a few gigabytes.
const LEAST_FREE_SHARE = 0.1;

/**
 * Removes images that were pulled for sandboxes, least recently used first, until the engine's disk has room again. An
 * image that somebody else pulled, or that a container uses, stays.
 */
export async function freeImages(docker: Docker, pulled: string, say: (what: string) => void): Promise<void> {
  const disk = await engineDisk(docker);
  if (disk === undefined || (await isRoomy(disk))) return;
  for (const { id, tags } of await oldestFirst(docker, pulled)) {
    const removed = await removeImage(docker, id, tags);
    if (!removed) continue;
    say(`removed the image ${tags.find((tag) => !tag.startsWith(pulled)) ?? id}: the engine's disk is nearly full`);
    if (await isRoomy(disk)) return;
  }
}

/** The engine's directory, where the engine runs on this machine; of another machine's disk nothing is known. */
async function engineDisk(docker: Docker): Promise<string | undefined> {
  const info: unknown = await callEngineAgain('info', () => docker.info());
  if (typeof info !== 'object' || info === null || !('DockerRootDir' in info)) return undefined;
  const directory = String(info.DockerRootDir);
  const there = await statfs(directory).catch(() => undefined);
  return there === undefined ? undefined : directory;
}

async function isRoomy(directory: string): Promise<boolean> {
  const { bavail, blocks } = await statfs(directory);
  return bavail / blocks >= LEAST_FREE_SHARE;
}

async function oldestFirst(
  docker: Docker,
  pulled: string,
): Promise<readonly { readonly id: string; readonly tags: readonly string[] }[]> {
  const images = await callEngineAgain('list of images', (abortSignal) =>
    docker.listImages({ filters: { reference: [pulled] }, abortSignal }),
  );
  const dated = await Promise.all(
    images.map(async ({ Id }) => {
      const found = await inspectImage(docker, Id);
      return { id: Id, tags: found?.RepoTags ?? [], usedAt: lastTagged(found) };
    }),
  );
  return dated.sort((left, right) => left.usedAt - right.usedAt);
}

/** The type does not have this field of the engine's answer. */
function lastTagged(image: object | undefined): number {
  const metadata: unknown = image === undefined ? undefined : Reflect.get(image, 'Metadata');
  return isRecord(metadata) ? Date.parse(String(metadata.LastTagTime)) : 0;
}

/** By its names, and only where no container uses it: the engine would take away one of two names all the same. */
async function removeImage(docker: Docker, id: string, tags: readonly string[]): Promise<boolean> {
  const users = await callEngineAgain('list of containers', (abortSignal) =>
    docker.listContainers({ all: true, limit: 1, filters: { ancestor: [id] }, abortSignal }),
  );
  if (users.length > 0) return false;
  try {
    for (const tag of tags) {
      await callEngine(`removal of image ${tag}`, (abortSignal) => docker.getImage(tag).remove({ abortSignal }));
    }
    return true;
  } catch (error) {
    // A container was made meanwhile, or another worker was faster.
    if (statusOf(error) === 409 || statusOf(error) === 404) return false;
    throw error;
  }
}
