import { createReadStream, readlinkSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { pack, type Header, type Pack } from 'tar-stream';

import type { SourceEntry } from './source-listing.ts';

/** The rest has defaults: a plain file of root. */
type EntryHeader = Pick<Header, 'name'> & Partial<Header>;

/** A file, link or directory of an archive that is made here and not read from a disk. */
export type ArchiveEntry = EntryHeader & { readonly content?: string | Uint8Array };

const WRITABLE_DIRECTORY = 0o700;

/** An uncompressed tar of what is at hand. */
export function archiveOf(entries: readonly ArchiveEntry[]): Readable {
  const archive = pack();
  for (const { content = '', ...header } of entries) archive.entry(header, Buffer.from(content));
  archive.finalize();
  return Readable.from(archive);
}

/**
 * An uncompressed tar of a tree of this host, all of it owned by one user, without set-id bits, devices and sockets.
 * `prefix` is where it lies in the container.
 */
export function archiveOfTree(
  directory: string,
  entries: readonly SourceEntry[],
  place: { readonly prefix: string; readonly owner: number },
): Readable {
  const archive = pack();
  void fill(archive, directory, entries, place).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return Readable.from(archive);
}

async function fill(
  archive: Pack,
  directory: string,
  entries: readonly SourceEntry[],
  { prefix, owner }: { readonly prefix: string; readonly owner: number },
): Promise<void> {
  for (const { path: name, status } of entries) {
    const file = path.join(directory, name);
    const header = {
      name: path.posix.join(prefix, name),
      mode: Number(status.mode & 0o777n),
      mtime: new Date(Number(status.mtimeMs)),
      ...{ uid: owner, gid: owner },
    };
    // A tree that is read-only on this host is one to work in there.
    if (status.isDirectory()) archive.entry({ ...header, mode: header.mode | WRITABLE_DIRECTORY, type: 'directory' });
    else if (status.isSymbolicLink()) archive.entry({ ...header, type: 'symlink', linkname: readlinkSync(file) });
    else if (status.isFIFO()) archive.entry({ ...header, type: 'fifo' });
    else if (status.isFile()) await addFile(archive, { ...header, size: Number(status.size) }, file);
  }
  archive.finalize();
}

/** A file that grows while it is read would break the archive: what it had when it was listed is taken. */
async function addFile(archive: Pack, header: EntryHeader & { readonly size: number }, file: string): Promise<void> {
  if (header.size === 0) {
    archive.entry(header, '');
    return;
  }
  await pipeline(createReadStream(file, { end: header.size - 1 }), archive.entry(header));
}
