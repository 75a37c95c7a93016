import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type Docker from 'dockerode';
import type { Container, ContainerCreateOptions, ImageInspectInfo } from 'dockerode';

import { callEngine, callEngineAgain, statusOf, unlessMissing } from './docker-calls.ts';
import { isAbandoned } from './docker-helper-labels.ts';

// Sending and unpacking a tree of gigabytes over a slow disk; and the same again for making it an image.
export const BULK_MS = 600_000;
// Who builds the same thing at the same time is waited for; a builder older than that has died.
export const ABANDONED_MS = 2 * BULK_MS;
const LOOK_MS = 200;

export interface Build {
  /** The same for the same content: it names the container, so that one worker of the engine builds and others wait. */
  readonly name: string;
  readonly create: ContainerCreateOptions;
  /** Whether somebody has built it in the meantime. */
  readonly isDone: () => Promise<boolean>;
  readonly work: (container: Container) => Promise<void>;
}

/** Works with a container that is there only for its file system, one worker at a time on the whole engine. */
export async function buildOnce(docker: Docker, { name, create, isDone, work }: Build): Promise<void> {
  while (!(await isDone())) {
    const container = await claim(docker, name, create);
    if (container === undefined) {
      await sleep(LOOK_MS);
      continue;
    }
    try {
      if (!(await isDone())) await work(container);
    } finally {
      await removeContainer(docker, name);
    }
  }
}

/** Undefined when another worker holds the name; one that has died no longer does, whoever it worked for. */
async function claim(docker: Docker, name: string, create: ContainerCreateOptions): Promise<Container | undefined> {
  try {
    return await callEngine(`create of ${name}`, (abortSignal) =>
      docker.createContainer({ NetworkDisabled: true, ...create, name, abortSignal }),
    );
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    const holder = await inspectContainer(docker, name);
    const isOld = Date.now() - Date.parse(holder?.Created ?? '') > ABANDONED_MS;
    if (isOld || isAbandoned(holder?.Config.Labels ?? null)) {
      await removeContainer(docker, name);
    }
    return undefined;
  }
}

/**
 * Unpacks a tar, uncompressed: some engines run a decompressor that they find in the container. Only ever into one whose
 * agent has not started yet, because a link of an agent's would lead it elsewhere.
 */
export async function unpackInto(container: Container, archive: Readable, path = '/'): Promise<void> {
  // Without a listener of its own, an archive that breaks would end the worker.
  const broken = new Promise<never>((_, reject) => archive.once('error', reject));
  await Promise.race([
    broken,
    callEngine(
      `unpacking into ${container.id}`,
      (abortSignal) => container.putArchive(archive, { path, abortSignal }),
      BULK_MS,
    ),
  ]);
}

/** Undefined when the engine has no such image. */
export function inspectImage(docker: Docker, name: string): Promise<ImageInspectInfo | undefined> {
  return unlessMissing(callEngineAgain(`inspect of image ${name}`, () => docker.getImage(name).inspect()));
}

export function inspectContainer(docker: Docker, name: string) {
  return unlessMissing(
    callEngineAgain(`inspect of ${name}`, (abortSignal) => docker.getContainer(name).inspect({ abortSignal })),
  );
}

// Removing the layer of a container: hundreds of thousands of files at worst.
const REMOVE_MS = 120_000;

/** Ends and removes a container; one that is gone, or on its way, is fine. */
export async function removeContainer(docker: Docker, name: string): Promise<void> {
  const deadline = Date.now() + REMOVE_MS;
  const remove = (abortSignal: AbortSignal) => docker.getContainer(name).remove({ force: true, v: true, abortSignal });
  for (;;) {
    try {
      await callEngineAgain(`removal of ${name}`, remove, REMOVE_MS);
      return;
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 304) return;
      // 409: somebody else is removing it at this moment.
      if (statusOf(error) !== 409 || Date.now() > deadline) throw error;
    }
    await sleep(50);
  }
}
