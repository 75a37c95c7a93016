import { createHash } from 'node:crypto';
import { mkdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';

import { ENVIRONMENT_ROOT, TREE_ROOT } from '../places.ts';
import { sourceFingerprint } from '../source/fingerprints.ts';
import { listSource, type SourceEntry } from '../source/source-listing.ts';
import { keptDirectory } from './kept-directory.ts';
import { mayNameItsHost, movedText, type Move } from './host-paths.ts';

/** Programs, lists of paths and finders have a few KB; what is larger is a compiled program. */
const LARGEST_TEXT_BYTES = 1024 * 1024;
/** Gigabytes of packages on a slow disk; a disk that hangs must not hold everybody up. */
const COPY_TIMEOUT_MS = 600_000;

interface Change {
  readonly file: string;
  /** The new text of a file, or the new target of a link. */
  readonly text: string;
  readonly link: boolean;
}

/**
 * An environment whose files name the places of the sandbox: itself where they do already, else a copy.
 *
 * A virtual environment holds for one place of one host. Its programs name their interpreter by it, and an editable
 * installation names the source tree; shown elsewhere, they cannot be started or import nothing. The copy is named by
 * the content of environment and places, made once, and shared by all sandboxes
 * (docs/decisions/2026-11-30-environments-name-the-sandbox.md).
 */
export async function portableEnvironment(
  { directory, environment }: { readonly directory: string; readonly environment: string },
  copies: string,
): Promise<string> {
  const moves = await movesOf({ directory, environment });
  const fingerprint = await sourceFingerprint(environment, 'environment');
  const entries = await listSource(environment, 'environment');
  const changes = await changesOf(environment, entries, moves);
  if (changes.length === 0) return environment;
  const key = createHash('sha256')
    .update(JSON.stringify([fingerprint, moves, changes]))
    .digest('hex')
    .slice(0, 32);
  return keptDirectory({ root: copies, key, what: `a copy of the environment ${environment}` }, (fresh) =>
    copyChanged(environment, fresh, changes),
  );
}

/** Each place as it was said and as it really is, for either may have been written down. */
async function movesOf(source: { readonly directory: string; readonly environment: string }): Promise<readonly Move[]> {
  const spellings = async (place: string): Promise<readonly string[]> => [
    path.resolve(place),
    await realpath(place).catch(() => path.resolve(place)),
  ];
  const environment = (await spellings(source.environment)).map((from) => ({ from, to: ENVIRONMENT_ROOT }));
  const tree = (await spellings(source.directory)).map((from) => ({ from, to: TREE_ROOT }));
  return [...environment, ...tree];
}

async function changesOf(
  environment: string,
  entries: readonly SourceEntry[],
  moves: readonly Move[],
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { path: file, status } of entries) {
    const link = status.isSymbolicLink();
    if (!link && !(status.isFile() && status.size <= LARGEST_TEXT_BYTES && mayNameItsHost(file))) continue;
    const place = path.join(environment, file);
    // Byte by byte: a program may hold other bytes than text, and keeps them.
    const text = link ? await readlink(place) : await readFile(place, 'latin1');
    const moved = movedText(text, link ? moves : moves.map(asBytes));
    if (moved !== text && (link || !text.includes('\0'))) changes.push({ file, text: moved, link });
  }
  return changes;
}

function asBytes({ from, to }: Move): Move {
  return { from: Buffer.from(from).toString('latin1'), to };
}

async function copyChanged(environment: string, fresh: string, changes: readonly Change[]): Promise<void> {
  // Links and times as they are: bytecode is valid for a source of the same time.
  const parameters = ['-a', '--reflink=auto', '--', `${environment}/.`, fresh];
  await mkdir(fresh);
  await execa('cp', parameters, { stdin: 'ignore', timeout: COPY_TIMEOUT_MS });
  for (const change of changes) await apply(fresh, change);
}

async function apply(root: string, { file, text, link }: Change): Promise<void> {
  const place = path.join(root, file);
  if (!link) {
    await writeFile(place, text, 'latin1');
    return;
  }
  await rm(place);
  await symlink(text, place);
}
