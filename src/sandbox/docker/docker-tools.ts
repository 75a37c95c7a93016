import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import type Docker from 'dockerode';

import { packageRoot } from '../../config/package-root.ts';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { ABANDONED_MS, buildOnce, unpackInto } from './docker-build.ts';
import { callEngine, callEngineAgain, statusOf, unlessMissing } from './docker-calls.ts';
import { deploymentFilter, isAbandoned, type HelperLabels } from './docker-helper-labels.ts';
import { archiveOf } from '../source/source-archive.ts';
import { isRecord } from '../is-record.ts';

/** Directly below the root directory, and a mount: no agent can rename it, not even one that is root. */
export const TOOLS_ROOT = '/.selfplay';

// Its Python lies among the sources alone; the package has both.
const SUPERVISOR = path.join(packageRoot, 'src/sandbox/supervisor');
const TOOLS_LABEL = 'selfplay.tools';
// Volumes of other versions; one that is made at this moment may not have its first container yet.
const KEPT_MS = 24 * 3_600_000;

/** How Python is started: nothing of the image is looked at, and no site is searched. */
export function pythonCommand(module: string, call: string): readonly [string, ...string[]] {
  const load = `import sys; sys.path.insert(0, '${TOOLS_ROOT}'); from supervisor import ${module}; ${module}.${call}()`;
  return [`${TOOLS_ROOT}/bin/python3`, '-I', '-S', '-c', load];
}

/**
 * A volume with Python, git, bash and the supervisor, read-only in every sandbox of this engine. Its name is a hash of
 * its content, so a new version of this project has another one. `image` is any image of the engine.
 */
export function createTools(
  docker: Docker,
  { archive, helperLabels }: { readonly archive: string; readonly helperLabels: HelperLabels },
) {
  let ready: Promise<string> | undefined;

  async function fill(image: string): Promise<string> {
    const volume = await nameOf(archive);
    await fillVolume(docker, { volume, archive, image, labels: helperLabels('tools', ABANDONED_MS) });
    return volume;
  }

  return {
    async ensure(image: string): Promise<string> {
      ready ??= fill(image);
      try {
        return await ready;
      } catch (error) {
        ready = undefined;
        throw error;
      }
    },
    /** After a boot that failed: somebody may have pruned the volume, and the engine made an empty one in its place. */
    async forget(): Promise<void> {
      const volume = await ready?.catch(() => undefined);
      ready = undefined;
      if (volume === undefined) return;
      // What says that it is complete goes in any case; the volume itself stays where a living sandbox uses it.
      for (const name of [`${volume}-complete`, volume]) await removeVolume(docker, name);
    },
  };
}

async function nameOf(archive: string): Promise<string> {
  if (!existsSync(archive)) {
    throw new SandboxUnavailableError(
      `the tools of Docker sandboxes are not at ${archive}. \`scripts/setup --only docker\` makes them`,
    );
  }
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(archive)) digest.update(Buffer.from(chunk));
  for (const { name, content } of await supervisorFiles())
    digest.update(`${name}\0${content.length}\0`).update(content);
  return `selfplay-tools-${digest.digest('hex').slice(0, 24)}`;
}

async function supervisorFiles() {
  const names = (await readdir(SUPERVISOR)).filter((name) => name.endsWith('.py')).sort();
  return Promise.all(
    names.map(async (name) => ({ name, mode: 0o644, content: await readFile(path.join(SUPERVISOR, name)) })),
  );
}

/** An empty second volume says that the first one is complete: volumes cannot be renamed or labelled later. */
async function fillVolume(
  docker: Docker,
  {
    volume,
    archive,
    image,
    labels,
  }: Readonly<Record<'volume' | 'archive' | 'image', string>> & {
    readonly labels: Record<string, string>;
  },
): Promise<void> {
  const complete = `${volume}-complete`;
  const isDone = async (): Promise<boolean> =>
    (await volumeExists(docker, complete)) && (await volumeExists(docker, volume));
  if (await isDone()) return;
  await removeUnused(docker, volume);
  await removeUnfinished(docker, volume);
  const create = {
    Image: image,
    Entrypoint: [`${TOOLS_ROOT}/bin/python3`, '-I', '-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash'],
    Cmd: [`${TOOLS_ROOT}/supervisor`],
    Env: ['LD_PRELOAD=', 'LD_LIBRARY_PATH='],
    User: '0:0',
    Labels: labels,
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [{ Type: 'volume' as const, Source: volume, Target: TOOLS_ROOT, ReadOnly: false }],
    },
  };
  const work = async (container: Docker.Container): Promise<void> => {
    await unpackInto(container, createReadStream(archive), TOOLS_ROOT);
    await unpackInto(container, archiveOf(await supervisorFiles()), `${TOOLS_ROOT}/supervisor`);
    await compile(container, volume);
    await callEngine(`making of volume ${complete}`, (abortSignal) =>
      docker.createVolume({ Name: complete, Labels: { [TOOLS_LABEL]: 'complete' }, abortSignal }),
    );
  };
  await callEngine(`making of volume ${volume}`, (abortSignal) =>
    docker.createVolume({ Name: volume, Labels: { ...labels, [TOOLS_LABEL]: 'tools' }, abortSignal }),
  );
  await buildOnce(docker, { name: `${volume}-maker`, create, isDone, work });
}

// Seconds on a loaded machine; an engine that does not start a container within that is as good as gone.
const COMPILE_MS = 120_000;

/** Compiled once here, which saves a quarter of the time of every boot. */
async function compile(container: Docker.Container, volume: string): Promise<void> {
  await callEngine(`start of ${volume}-maker`, (abortSignal) => container.start({ abortSignal }), COMPILE_MS);
  const { StatusCode } = await readExit(
    callEngine(`wait for ${volume}-maker`, (abortSignal) => container.wait({ abortSignal }), COMPILE_MS),
  );
  if (StatusCode === 0) return;
  throw new SandboxUnavailableError(
    `the tools of ${volume} do not run on this engine (exit code ${StatusCode}); \`scripts/setup --only docker\` makes ` +
      'them for the processor of the machine it runs on, and the engine must have the same',
  );
}

async function readExit(answer: Promise<unknown>): Promise<{ readonly StatusCode: number }> {
  const value = await answer;
  const code = isRecord(value) ? Number(value.StatusCode) : Number.NaN;
  return { StatusCode: code };
}

async function volumeExists(docker: Docker, name: string): Promise<boolean> {
  return (await findVolume(docker, name)) !== undefined;
}

function findVolume(docker: Docker, name: string): Promise<Docker.VolumeInspectInfo | undefined> {
  return unlessMissing(
    callEngineAgain(`inspect of volume ${name}`, (abortSignal) => docker.getVolume(name).inspect({ abortSignal })),
  );
}

async function removeUnused(docker: Docker, current: string): Promise<void> {
  const listed = await callEngineAgain('list of volumes', (abortSignal) =>
    docker.listVolumes({ filters: { label: [TOOLS_LABEL] }, abortSignal }),
  );
  for (const volume of volumesOf(listed)) {
    const createdAt = Date.parse(String(Reflect.get(volume, 'CreatedAt')));
    if (volume.Name.startsWith(current) || Date.now() - createdAt < KEPT_MS) continue;
    await removeVolume(docker, volume.Name);
  }
}

/** Takes away this deployment's volumes whose makers died before they were complete; returns their names. */
export async function removeUnfinishedTools(docker: Docker, home: string): Promise<readonly string[]> {
  const listed = await callEngineAgain('list of volumes', (abortSignal) =>
    docker.listVolumes({ filters: deploymentFilter(home), abortSignal }),
  );
  const removed: string[] = [];
  for (const { Name } of volumesOf(listed)) if (await removeUnfinished(docker, Name)) removed.push(Name);
  return removed;
}

/** Whether it was there, unfinished, and nobody was at work on it. */
async function removeUnfinished(docker: Docker, volume: string): Promise<boolean> {
  const found = await findVolume(docker, volume);
  if (found === undefined || !isAbandoned(found.Labels) || (await volumeExists(docker, `${volume}-complete`)))
    return false;
  return removeVolume(docker, volume);
}

async function removeVolume(docker: Docker, name: string): Promise<boolean> {
  try {
    await callEngine(`removal of volume ${name}`, (abortSignal) => docker.getVolume(name).remove({ abortSignal }));
    return true;
  } catch (error) {
    // A living sandbox uses it, or another worker removed it.
    if (statusOf(error) !== 409 && statusOf(error) !== 404) throw error;
    return false;
  }
}

/** Older engines say `null` for none, whatever the type promises. */
function volumesOf({ Volumes }: { readonly Volumes: readonly Docker.VolumeInspectInfo[] | null }) {
  return Volumes ?? [];
}
