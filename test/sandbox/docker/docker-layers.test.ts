import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createLayers } from '../../../src/sandbox/docker/docker-layers.ts';

let root: string;
let docker: Docker;
/** The layers that were sent to the engine, each on the one below it. */
let sent: string[];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'layers-'));
  for (const name of ['tree', 'environment', 'compiled']) {
    await mkdir(path.join(root, name));
    await writeFile(path.join(root, name, 'content'), name);
  }
  sent = [];
  docker = anEngine();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const kindOf = (image: string) => image.replace(/^selfplay\/|:.*$/g, '');

/** An engine that only knows images by their names, and makes them of containers. */
function anEngine(): Docker {
  const images = new Set<string>();
  const missing = () => Promise.reject(Object.assign(new Error('no such image'), { statusCode: 404 }));
  const containerOn = (parent: string) => ({
    id: parent,
    putArchive: (archive: Readable) => buffer(archive),
    commit: ({ repo, tag }: { repo: string; tag: string }) => {
      images.add(`${repo}:${tag}`);
      sent.push(`${kindOf(repo)} on ${kindOf(parent)}`);
      return Promise.resolve();
    },
  });
  return Object.assign(new Docker(), {
    getImage: (name: string) => ({ inspect: () => (images.has(name) ? Promise.resolve({ Id: name }) : missing()) }),
    listImages: () => Promise.resolve([]),
    createContainer: ({ Image }: { Image: string }) => Promise.resolve(containerOn(Image)),
    getContainer: () => ({ remove: () => Promise.resolve() }),
  });
}

describe('the layers of a tree', () => {
  it('are sent once, also when what was compiled of the tree comes to them', async () => {
    const layers = createLayers(docker, {
      ensureBase: () => Promise.resolve({ id: 'system' }),
      helperLabels: () => ({}),
    });
    const parts = { directory: path.join(root, 'tree'), environment: path.join(root, 'environment') };
    const bare = await layers.tree({ ...parts, compiled: undefined });
    expect(await layers.tree({ ...parts, compiled: path.join(root, 'compiled') })).not.toBe(bare);
    expect(sent).toEqual(['base on system', 'environment on base', 'tree on environment', 'compiled on tree']);
  });
});
