import { createHash } from 'node:crypto';

import { ImageNotFoundError } from '../../domain/failure/errors.ts';
import type { SandboxSource } from '../../domain/subject/subject.ts';
import { directoriesFingerprint } from '../source/directories-fingerprint.ts';
import { createRemembered } from '../source/remembered.ts';
import type { Sandboxes, SourceIdentity } from '../sandbox.ts';
import { listSource } from '../source/source-fingerprint.ts';

/** What every sandbox shows of the host, as `bubblewrap_root.py` mounts it; `/lib` and the like are links into it. */
const HOST_DIRECTORIES = ['/usr'];

/**
 * Environments hold thousands of files and are made once, and what is installed on the host changes rarely; a listing of
 * either takes tenths of a second.
 */
const KEPT_MS = 60_000;

/** Tells sources by their files' change times, and the host by its directories': a package comes and goes in those. */
export function createIdentification(hostDirectories: readonly string[] = HOST_DIRECTORIES): Sandboxes['identify'] {
  const environmentOf = createRemembered((directory) => fingerprintOf(directory, 'environment'), { keptMs: KEPT_MS });
  const hostDirectory = createRemembered(directoriesFingerprint, { keptMs: KEPT_MS });
  return async (source): Promise<SourceIdentity> => {
    const host = await Promise.all(hostDirectories.map(hostDirectory));
    const parts = [...host, ...(await sourceParts(source, environmentOf))];
    const fingerprint = createHash('sha256').update(parts.join('\0')).digest('hex');
    return { fingerprint, hostDirectories };
  };
}

async function sourceParts(
  source: SandboxSource,
  environmentOf: (directory: string) => Promise<string>,
): Promise<readonly string[]> {
  if (source.kind === 'image') throw new ImageNotFoundError(`bubblewrap holds no images: ${source.image}`);
  if (source.kind === 'tools') return ['tools'];
  const tree = await fingerprintOf(source.directory, 'source');
  return source.environment === undefined ? [tree] : [tree, await environmentOf(source.environment)];
}

async function fingerprintOf(directory: string, what: 'source' | 'environment'): Promise<string> {
  return (await listSource(directory, what)).fingerprint;
}
