import { createHash } from 'node:crypto';

import { ImageNotFoundError } from '../../domain/failure/errors.ts';
import type { SandboxSource } from '../../domain/subject/subject.ts';
import { directoriesFingerprint, sourceFingerprint } from '../source/fingerprints.ts';
import { createRemembered } from '../source/remembered.ts';
import type { Sandboxes, SourceIdentity } from '../sandbox.ts';

/** What every sandbox shows of the host, as `bubblewrap_root.py` mounts it; `/lib` and the like are links into it. */
const HOST_DIRECTORIES = ['/usr'];

/**
 * Environments hold thousands of files and are made once, and what is installed on the host changes rarely; a listing of
 * either takes tenths of a second.
 */
const KEPT_MS = 60_000;

/**
 * A verdict and each grading ask for it several times within seconds. A source that is edited under a run is another
 * one as soon as this is over; sandboxes are made from what is there at their start.
 */
const SOURCE_KEPT_MS = 5_000;

interface IdentificationOptions {
  readonly hostDirectories?: readonly string[];
  readonly fingerprintOf?: typeof sourceFingerprint;
  readonly now?: () => number;
}

/** Tells sources by their files' change times, and the host by its directories': a package comes and goes in those. */
export function createIdentification({
  hostDirectories = HOST_DIRECTORIES,
  fingerprintOf = sourceFingerprint,
  now = Date.now,
}: IdentificationOptions = {}): Sandboxes['identify'] {
  const fingerprints: Fingerprints = {
    source: createRemembered((directory) => fingerprintOf(directory, 'source'), { keptMs: SOURCE_KEPT_MS, now }),
    environment: createRemembered((directory) => fingerprintOf(directory, 'environment'), { keptMs: KEPT_MS, now }),
  };
  const hostDirectory = createRemembered(directoriesFingerprint, { keptMs: KEPT_MS, now });
  return async (source): Promise<SourceIdentity> => {
    const host = await Promise.all(hostDirectories.map((directory) => hostDirectory(directory)));
    const parts = [...host, ...(await sourceParts(source, fingerprints))];
    const fingerprint = createHash('sha256').update(parts.join('\0')).digest('hex');
    return { fingerprint, hostDirectories };
  };
}

type Fingerprints = Readonly<Record<'source' | 'environment', (directory: string) => Promise<string>>>;

async function sourceParts(source: SandboxSource, fingerprints: Fingerprints): Promise<readonly string[]> {
  if (source.kind === 'image') throw new ImageNotFoundError(`bubblewrap holds no images: ${source.image}`);
  if (source.kind === 'tools') return ['tools'];
  const tree = await fingerprints.source(source.directory);
  return source.environment === undefined ? [tree] : [tree, await fingerprints.environment(source.environment)];
}
