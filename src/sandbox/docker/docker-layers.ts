import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Readable } from 'node:stream';

import type Docker from 'dockerode';

import { ABANDONED_MS, BULK_MS, buildOnce, inspectImage, unpackInto } from './docker-build.ts';
import { callEngine, callEngineAgain, statusOf } from './docker-calls.ts';
import { NO_HELPER, type HelperLabels } from './docker-helper-labels.ts';
import { COMPILED_ROOT, ENVIRONMENT_ROOT, TREE_ROOT } from '../mount-points.ts';
import { archiveOf, archiveOfTree, type ArchiveEntry } from '../source/source-archive.ts';
import { sourceFingerprint } from '../source/fingerprints.ts';
import { listSource } from '../source/source-listing.ts';

const AGENT_ID = 1000;
export const AGENT_HOME = '/home/agent';

/** Users as every sandbox of ours has them, whatever the base image brings: an agent, and who owns the rest. */
const USERS: Readonly<Record<string, string>> = {
  'etc/passwd':
    'root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n' +
    `agent:x:${AGENT_ID}:${AGENT_ID}:agent:${AGENT_HOME}:/bin/bash\n` +
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  'etc/group': `root:x:0:\nagent:x:${AGENT_ID}:\nnogroup:x:65534:\n`,
};

// A layer that no container used for a day is made anew when it is needed: seconds for a large tree.
const KEPT_MS = 24 * 3_600_000;
const LAYER_LABEL = 'selfplay.layer';
const SOURCE_LABEL = 'selfplay.source';

interface Layer {
  readonly kind: 'base' | 'environment' | 'tree' | 'compiled';
  readonly parent: string;
  readonly content: string;
  /** The directory of this host that it shows, for a person who wonders. */
  readonly source: string;
  readonly archive: () => Readable | Promise<Readable>;
}

const SHOWN_AT = { environment: ENVIRONMENT_ROOT, tree: TREE_ROOT, compiled: COMPILED_ROOT } as const;

interface LayersOptions {
  readonly ensureBase: () => Promise<{ readonly id: string }>;
  readonly helperLabels: HelperLabels;
}

interface TreeParts {
  readonly directory: string;
  readonly environment: string | undefined;
  readonly compiled: string | undefined;
}

/** The images that sandboxes of directories are made from: a base, an environment, a tree and what was compiled, each a layer. */
export function createLayers(docker: Docker, { ensureBase, helperLabels }: LayersOptions) {
  const made = new Map<string, Promise<string>>();
  let known: Promise<string> | undefined;

  async function layer(wanted: Layer): Promise<string> {
    const key = createHash('sha256').update(`${wanted.parent}\0${wanted.content}`).digest('hex').slice(0, 32);
    const name = `selfplay/${wanted.kind}:${key}`;
    const making = made.get(name) ?? makeLayer(docker, { name, helperLabels }, wanted);
    made.set(name, making);
    try {
      await making;
      return name;
    } catch (error) {
      made.delete(name);
      throw error;
    }
  }

  async function base(): Promise<string> {
    known ??= makeBase();
    try {
      return await known;
    } catch (error) {
      known = undefined;
      throw error;
    }
  }

  async function makeBase(): Promise<string> {
    const { id } = await ensureBase();
    const entries = baseEntries();
    return layer({
      kind: 'base',
      parent: id,
      content: JSON.stringify(entries),
      source: '',
      archive: () => archiveOf(entries),
    });
  }

  return {
    base,
    /**
     * The image of a source tree, above its environment; throws `ImageNotFoundError`. What was compiled lies above both: it
     * is made in a sandbox of the tree, whose layer is there then.
     */
    async tree({ directory, environment, compiled }: TreeParts): Promise<string> {
      const below =
        environment === undefined ? await base() : await directoryLayer('environment', await base(), environment);
      const tree = await directoryLayer('tree', below, directory);
      return compiled === undefined ? tree : directoryLayer('compiled', tree, compiled);
    },
    /** Somebody removed them from the engine: each is looked for again. */
    forget: () => {
      made.clear();
      known = undefined;
    },
  };

  async function directoryLayer(kind: keyof typeof SHOWN_AT, parent: string, directory: string): Promise<string> {
    const source = path.resolve(directory);
    const what = kind === 'tree' ? 'source' : 'environment';
    const content = await sourceFingerprint(source, what);
    const place = { prefix: SHOWN_AT[kind], owner: kind === 'tree' ? AGENT_ID : 0 };
    const archive = async () => archiveOfTree(source, await listSource(source, what), place);
    return layer({ kind, parent, source, content, archive });
  }
}

function baseEntries(): readonly ArchiveEntry[] {
  const owned = { uid: AGENT_ID, gid: AGENT_ID };
  // Fixed, so that the same base is always the same layer.
  const mtime = new Date(0);
  return [
    ...Object.entries(USERS).map(([name, content]) => ({ name, content, mode: 0o644, mtime })),
    { name: AGENT_HOME.slice(1), type: 'directory', mode: 0o755, mtime, ...owned },
    { name: TREE_ROOT.slice(1), type: 'directory', mode: 0o755, mtime, ...owned },
    { name: ENVIRONMENT_ROOT.slice(1), type: 'directory', mode: 0o755, mtime },
    { name: COMPILED_ROOT.slice(1), type: 'directory', mode: 0o755, mtime },
    // Where every package lookup of Node.js ends, so that an environment brings a tree's dependencies.
    { name: 'node_modules', type: 'symlink', linkname: `${ENVIRONMENT_ROOT}/node_modules`, mode: 0o777, mtime },
  ];
}

async function makeLayer(
  docker: Docker,
  { name, helperLabels }: { readonly name: string; readonly helperLabels: HelperLabels },
  { kind, parent, source, archive }: Layer,
): Promise<string> {
  const isDone = async (): Promise<boolean> => (await inspectImage(docker, name)) !== undefined;
  if (await isDone()) return name;
  await removeUnused(docker);
  const [repo = '', tag = ''] = name.split(':');
  const create = { Image: parent, Cmd: ['none'], Labels: helperLabels('layer', ABANDONED_MS) };
  const work = async (container: Docker.Container): Promise<void> => {
    await unpackInto(container, await archive());
    const labels = { ...NO_HELPER, [LAYER_LABEL]: kind, [SOURCE_LABEL]: source };
    await callEngine(`commit of ${name}`, () => container.commit({ repo, tag, pause: false, Labels: labels }), BULK_MS);
  };
  await buildOnce(docker, { name: `selfplay-${kind}-${tag}`, create, isDone, work });
  return name;
}

async function removeUnused(docker: Docker): Promise<void> {
  const layers = await callEngineAgain('list of images', (abortSignal) =>
    docker.listImages({ filters: { label: [LAYER_LABEL] }, abortSignal }),
  );
  // The youngest first: a layer has to go before the one below it.
  const old = layers.filter(({ Created }) => Date.now() - Created * 1000 > KEPT_MS);
  for (const { RepoTags, Id } of old.sort((left, right) => right.Created - left.Created)) {
    const name = RepoTags?.[0] ?? Id;
    try {
      await callEngine(`removal of image ${name}`, (abortSignal) => docker.getImage(name).remove({ abortSignal }));
    } catch (error) {
      // A container uses it, or another worker removed it.
      if (statusOf(error) !== 409 && statusOf(error) !== 404) throw error;
    }
  }
}
