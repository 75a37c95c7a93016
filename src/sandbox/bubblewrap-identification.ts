import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

import { ImageNotFoundError } from '../domain/errors.ts';
import type { SandboxSource } from '../domain/subject.ts';
import type { Sandboxes, SourceIdentity } from './sandbox.ts';
import { listSource } from './source-fingerprint.ts';

/** What every sandbox shows of the host, as `supervisor.py` mounts it; `/lib` and the like are links into it. */
const HOST_DIRECTORIES = ['/usr'];

/** Environments hold thousands of files and are made once; a listing of one takes tenths of a second. */
const ENVIRONMENT_KEPT_MS = 60_000;

/** A listing of 20,000 directories; a host with more is told by the first of them. */
const LISTING_BYTES = 16 * 1024 * 1024;

/** Tells sources by their files' change times, and the host by its directories': a package comes and goes in those. */
export function createIdentification(): Sandboxes['identify'] {
  const environments = new Map<string, { readonly fingerprint: Promise<string>; readonly atMs: number }>();
  let host: Promise<string> | undefined;

  function environmentOf(directory: string): Promise<string> {
    const known = environments.get(directory);
    if (known !== undefined && Date.now() - known.atMs < ENVIRONMENT_KEPT_MS) return known.fingerprint;
    const fingerprint = fingerprintOf(directory, 'environment');
    environments.set(directory, { fingerprint, atMs: Date.now() });
    return fingerprint;
  }

  return async (source): Promise<SourceIdentity> => {
    host ??= hostFingerprint();
    const parts = [await host, ...(await sourceParts(source, environmentOf))];
    const fingerprint = createHash('sha256').update(parts.join('\0')).digest('hex');
    return { fingerprint, hostDirectories: HOST_DIRECTORIES };
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

async function hostFingerprint(): Promise<string> {
  const parameters = [...HOST_DIRECTORIES, '-type', 'd', '-printf', '%p %T@\\n'];
  const { stdout } = await promisify(execFile)('find', parameters, { maxBuffer: LISTING_BYTES });
  return createHash('sha256').update(stdout).digest('hex');
}
