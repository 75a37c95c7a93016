import { createHash } from 'node:crypto';

import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { inspectImage } from './docker-build.ts';
import { callEngineAgain } from './docker-calls.ts';
import { freeImages } from './docker-eviction.ts';
import { pullImage } from './docker-pull.ts';

/** What a container needs to know of an image. */
export interface EngineImage {
  readonly id: string;
  readonly environment: readonly string[];
  readonly workingDirectory: string;
}

/** The tag of an image that a sandbox's need has pulled, by which it is known as ours to evict. */
const PULLED = 'selfplay/pulled';

export interface ImageOptions {
  readonly configDirectory: string;
  /** Told about a pull now and then: it may take minutes. */
  readonly say: (what: string) => void;
}

/** Looks up images of the engine and pulls what is absent, with the engine's own login. */
export function createImages(docker: Docker, options: ImageOptions) {
  const pulls = new Map<string, Promise<void>>();
  const used = new Set<string>();

  async function find(reference: string): Promise<EngineImage | undefined> {
    const found = await inspectImage(docker, reference);
    return found && toEngineImage(found);
  }

  async function pullOnce(reference: string): Promise<void> {
    const running =
      pulls.get(reference) ?? pullImage(docker, reference, options).then(() => markPulled(docker, reference));
    pulls.set(reference, running);
    try {
      await running;
    } finally {
      pulls.delete(reference);
    }
  }

  /** Renews the tag once in each process, because its time is what tells the least recently used image. */
  async function noteUse(reference: string): Promise<void> {
    if (used.has(reference)) return;
    used.add(reference);
    const tag = tagOf(reference);
    if ((await find(`${PULLED}:${tag}`)) !== undefined) await markPulled(docker, reference);
  }

  return {
    find,
    /** Throws `ImageNotFoundError` for an image that is neither here nor in its registry. */
    async ensure(reference: string): Promise<EngineImage> {
      const present = await find(reference);
      if (present !== undefined) {
        await noteUse(reference);
        return present;
      }
      await freeImages(docker, PULLED, options.say);
      await pullOnce(reference);
      used.add(reference);
      const pulled = await find(reference);
      if (pulled === undefined) throw new SandboxUnavailableError(`the image ${reference} was pulled and is not here`);
      return pulled;
    },
  };
}

async function markPulled(docker: Docker, reference: string): Promise<void> {
  const tag = { repo: PULLED, tag: tagOf(reference) };
  await callEngineAgain(`tag of ${reference}`, (abortSignal) =>
    docker.getImage(reference).tag({ ...tag, abortSignal }),
  );
}

function tagOf(reference: string): string {
  return createHash('sha256').update(reference).digest('hex').slice(0, 24);
}

function toEngineImage({ Id, Config }: ImageInspectInfo): EngineImage {
  return { id: Id, environment: listOf(Config.Env), workingDirectory: Config.WorkingDir };
}

/** The engine says `null` where an image has none, whatever the type promises. */
function listOf(texts: readonly string[] | null): readonly string[] {
  return texts ?? [];
}
