import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';

import Docker from 'dockerode';

import { statusOf } from '../../src/sandbox/docker/docker-calls.ts';
import { archiveOf, type ArchiveEntry } from '../../src/sandbox/source/source-archive.ts';

/** Images made for tests, all of them gone with `remove`. */
export interface TestImages {
  /** A root file system from nothing; `changes` are lines of a Dockerfile. */
  fromScratch(entries: readonly ArchiveEntry[], changes: readonly string[]): Promise<string>;
  /** On top of the base that set-up left. */
  fromBase(entries: readonly ArchiveEntry[], changes: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

export function createTestImages(base: string): TestImages {
  const docker = new Docker();
  const made: string[] = [];
  const nextName = (): { repo: string; tag: string } => {
    const name = { repo: 'selfplay-test', tag: randomUUID().slice(0, 8) };
    made.push(`${name.repo}:${name.tag}`);
    return name;
  };
  return {
    async fromScratch(entries, changes) {
      const name = nextName();
      // The last one of a name counts, as in a Dockerfile.
      const distinct = [...new Map(entries.map((entry) => [entry.name, entry])).values()];
      const answer = await docker.importImage(archiveOf(distinct), { ...name, changes: [...changes] });
      await new Promise((resolve) => answer.resume().on('end', resolve));
      return `${name.repo}:${name.tag}`;
    },
    async fromBase(entries, changes) {
      const name = nextName();
      const container = await docker.createContainer({ Image: base, Cmd: ['none'] });
      try {
        await container.putArchive(archiveOf(entries), { path: '/' });
        await container.commit({ ...name, changes: [...changes] });
      } finally {
        await container.remove();
      }
      return `${name.repo}:${name.tag}`;
    },
    async remove() {
      for (const name of made) await docker.getImage(name).remove({ force: true }).catch(ignoreMissing);
    },
  };
}

function ignoreMissing(error: unknown): void {
  if (statusOf(error) !== 404) throw error;
}

/** A directory and what is in it, owned by one user. */
export function tree(
  root: string,
  files: Readonly<Record<string, string>>,
  owner = 0,
  mode = 0o755,
): readonly ArchiveEntry[] {
  const own = { uid: owner, gid: owner };
  const folders = new Set(
    Object.keys(files).flatMap((file) => {
      const parts = file.split('/').slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    }),
  );
  return [
    { name: root.slice(1), type: 'directory', mode, ...own },
    ...[...folders].map((name) => ({
      name: `${root.slice(1)}/${name}`,
      type: 'directory' as const,
      mode: 0o755,
      ...own,
    })),
    ...Object.entries(files).map(([name, content]) => ({
      ...{ name: `${root.slice(1)}/${name}`, content, ...own },
      mode: content.startsWith('#!') ? 0o755 : 0o644,
    })),
  ];
}

/** What Alpine is made of: ash and busybox, no bash, no git, no Python, and no C library that ours could use. */
export async function busyboxRoot(): Promise<readonly ArchiveEntry[]> {
  const content = await readFile('/bin/busybox');
  const links = [
    'sh',
    'ash',
    'cat',
    'ls',
    'id',
    'env',
    'echo',
    'rm',
    'mkdir',
    'stat',
    'grep',
    'find',
    'dirname',
    'sort',
  ];
  links.push('chmod', 'ln', 'touch', 'sleep', 'true', 'false', 'kill', 'wc', 'seq', 'head', 'tail', 'md5sum', 'printf');
  const bin = { uid: 0, gid: 0 };
  return [
    ...['bin', 'tmp', 'etc', 'root'].map((name) => ({
      ...{ name, type: 'directory' as const, ...bin },
      mode: name === 'tmp' ? 0o1777 : 0o755,
    })),
    { name: 'bin/busybox', mode: 0o755, content, ...bin },
    ...links.map((name) => ({ name: `bin/${name}`, type: 'symlink' as const, linkname: 'busybox', ...bin })),
  ];
}
