import type Docker from 'dockerode';
import type { LimitFunction } from 'p-limit';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { removeContainer, unpackInto } from './docker-build.ts';
import { callEngineAgain, statusOf } from './docker-calls.ts';
import { messageOf } from '../message-of.ts';
import { containerOptions } from './docker-container.ts';
import type { DockerSources } from './docker-sources.ts';
import { TOOLS_ROOT } from './docker-tools.ts';
import type { SandboxRequest } from '../sandbox.ts';
import { archiveOf } from '../source/source-archive.ts';

/** As `container_launcher.py` has them. */
const SNAPSHOT = { name: '.selfplay-snapshot', uid: 64_999, gid: 64_999, mode: 0o600 };

/** Boots a container from its source; once more when what it is made of was removed from the engine meanwhile. */
export async function bootFresh(
  docker: Docker,
  sources: DockerSources,
  request: SandboxRequest,
  own: { readonly name: string; readonly home: string; readonly lifecycle: LimitFunction },
): Promise<'started' | 'name-taken'> {
  for (const attempt of ['first', 'second']) {
    const ready = { ...(await sources.prepare(request)), ...own };
    const outcome = await own.lifecycle(() => bootContainer(docker, request, ready));
    if (outcome !== 'image-missing') return outcome;
    if (attempt === 'first') await sources.forget();
  }
  throw new SandboxUnavailableError(`the image of ${own.name} is removed from the engine as soon as it is made`);
}

/** `image-missing`: what it is to be made of, or its tools, were removed from the engine meanwhile. */
type BootOutcome = 'started' | 'name-taken' | 'image-missing';

/** Creates and starts a container. */
async function bootContainer(
  docker: Docker,
  request: SandboxRequest,
  own: Omit<Parameters<typeof containerOptions>[1], 'nowMs'>,
): Promise<BootOutcome> {
  const { name } = own;
  const create = containerOptions(request, { ...own, nowMs: Date.now() });
  let lost = false;
  try {
    const container = await callEngineAgain(`create of ${name}`, async (abortSignal) => {
      try {
        return await docker.createContainer({ ...create, abortSignal });
      } catch (error) {
        // The reply to an earlier attempt was lost, and that attempt did it.
        if (statusOf(error) === 409 && lost) return docker.getContainer(name);
        lost = true;
        throw error;
      }
    });
    if (request.snapshot !== undefined) {
      await unpackInto(container, archiveOf([{ ...SNAPSHOT, content: request.snapshot }]));
    }
    await callEngineAgain(`start of ${name}`, (abortSignal) => container.start({ abortSignal }));
    return 'started';
  } catch (error) {
    if (statusOf(error) === 409) return 'name-taken';
    // 304: an attempt whose reply was lost has started it.
    if (statusOf(error) === 304) return 'started';
    if (statusOf(error) === 404 || isToolsMissing(error)) {
      await removeContainer(docker, name);
      return 'image-missing';
    }
    await removeContainer(docker, name).catch(() => undefined);
    throw bootFailure(name, error);
  }
}

/** The engine found no program of ours: it has put an empty volume in the place of one that was removed. */
function isToolsMissing(error: unknown): boolean {
  return statusOf(error) === 400 && messageOf(error).includes(`${TOOLS_ROOT}/bin/python3`);
}

function bootFailure(name: string, error: unknown): unknown {
  if (statusOf(error) === undefined) return error;
  return new SandboxUnavailableError(`the engine cannot run ${name}: ${messageOf(error)}`, { cause: error });
}
