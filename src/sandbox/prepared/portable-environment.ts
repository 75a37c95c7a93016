import { createHash } from 'node:crypto';
import { mkdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';

import { ImageNotFoundError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { ENVIRONMENT_ROOT, TREE_ROOT } from '../mount-points.ts';
import { createRemembered } from '../source/remembered.ts';
import { listSource } from '../source/source-listing.ts';
import { unreadableSource } from '../source/unreadable-source.ts';
import { keptDirectory } from './kept-directory.ts';
import { mayNameItsHost, movedText, type Move } from './host-paths.ts';

/** Programs, lists of paths and finders have a few KB; what is larger is a compiled program. */
const LARGEST_TEXT_BYTES = 1024 * 1024;
/** Gigabytes of packages on a slow disk; a disk that hangs must not hold everybody up. */
const COPY_TIMEOUT_MS = 600_000;

/** An environment, and the tree that it is shown with. */
interface Shown {
  readonly directory: string;
  readonly environment: string;
}

/** What an environment holds, whatever tree it is shown with. */
interface Contents {
  readonly fingerprint: string;
  /** What may name a place of its host. */
  readonly suspects: readonly Suspect[];
}

interface Suspect {
  readonly file: string;
  readonly link: boolean;
}

interface Change extends Suspect {
  /** The new text of a file, or the new target of a link. */
  readonly text: string;
}

/**
 * Environments whose files name the places of the sandbox: as they are where they do already, else a copy.
 *
 * A virtual environment holds for one place of one host. Its programs name their interpreter by it, and an editable
 * installation names the source tree; shown elsewhere, they cannot be started or import nothing. The copy is named by
 * the content of environment and places, made once, and shared by all sandboxes
 * (docs/decisions/2026-11-30-environments-name-the-sandbox.md).
 */
export function createPortableEnvironments({
  copies,
  keptMs,
  listEntries = listSource,
}: {
  readonly copies: string;
  /** Whether an environment changed is looked at no more often than this. */
  readonly keptMs: number;
  readonly listEntries?: typeof listSource;
}): (shown: Shown) => Promise<string> {
  const contentsOf = createRemembered((environment) => lookThrough(environment, listEntries), { keptMs });
  const portable = createRemembered(
    async (_key, shown: Shown) => portableEnvironment(shown, await contentsOf(shown.environment), copies),
    { keptMs },
  );
  return ({ directory, environment }) => portable(JSON.stringify([directory, environment]), { directory, environment });
}

async function portableEnvironment(shown: Shown, contents: Contents, copies: string): Promise<string> {
  const { environment } = shown;
  const moves = await movesOf(shown);
  const changes = await changesOf(environment, contents.suspects, moves);
  if (changes.length === 0) return environment;
  const key = createHash('sha256')
    .update(JSON.stringify([environment, contents.fingerprint, moves, changes]))
    .digest('hex')
    .slice(0, 32);
  return keptDirectory({ root: copies, key, what: `a copy of the environment ${environment}` }, (fresh) =>
    copyChanged(environment, fresh, changes),
  );
}

async function lookThrough(environment: string, listEntries: typeof listSource): Promise<Contents> {
  const digest = createHash('sha256');
  const suspects: Suspect[] = [];
  const entries = await listEntries(environment, 'environment');
  if (entries.length === 0) throw new ImageNotFoundError(`the environment directory ${environment} is empty`);
  for (const { path: file, status } of entries) {
    const { mode, ino, size, mtimeNs, ctimeNs } = status;
    // A directory is what it holds.
    const facts = status.isDirectory() ? [mode, ino] : [mode, ino, size, mtimeNs, ctimeNs];
    digest.update(`${file}\0${facts.join(' ')}\0`);
    const link = status.isSymbolicLink();
    if (link || (status.isFile() && status.size <= LARGEST_TEXT_BYTES && mayNameItsHost(file)))
      suspects.push({ file, link });
  }
  return { fingerprint: digest.digest('hex'), suspects };
}

/** Each place as it was said and as it really is, for either may have been written down. */
async function movesOf(shown: Shown): Promise<readonly Move[]> {
  const spellings = async (place: string): Promise<readonly string[]> => [
    path.resolve(place),
    await realpath(place).catch(() => path.resolve(place)),
  ];
  const environment = (await spellings(shown.environment)).map((from) => ({ from, to: ENVIRONMENT_ROOT }));
  const tree = (await spellings(shown.directory)).map((from) => ({ from, to: TREE_ROOT }));
  return [...environment, ...tree];
}

async function changesOf(
  environment: string,
  suspects: readonly Suspect[],
  moves: readonly Move[],
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { file, link } of suspects) {
    const text = await textOf(path.join(environment, file), link);
    const moved = movedText(text, link ? moves : moves.map(asBytes));
    if (moved !== text && (link || !text.includes('\0'))) changes.push({ file, text: moved, link });
  }
  return changes;
}

async function textOf(place: string, link: boolean): Promise<string> {
  try {
    // Byte by byte: a program may hold other bytes than text, and keeps them.
    return link ? await readlink(place) : await readFile(place, 'latin1');
  } catch (error) {
    throw unreadableSource('environment', place, error);
  }
}

function asBytes({ from, to }: Move): Move {
  return { from: Buffer.from(from).toString('latin1'), to };
}

async function copyChanged(environment: string, fresh: string, changes: readonly Change[]): Promise<void> {
  await mkdir(fresh);
  // Links and times as they are: bytecode is valid for a source of the same time.
  await runOn(environment, ['cp', '-a', '--reflink=auto', '--', `${environment}/.`, fresh]);
  // Of what is read-only, nothing could be changed or removed by who is not root.
  await runOn(environment, ['chmod', '-R', 'u+rwX', '--', fresh]);
  for (const change of changes) await apply(fresh, change);
}

/** As `cp` says it of what it copies, and not of where it copies to. */
const UNREADABLE = /(?:for reading|cannot access .*): Permission denied/;

async function runOn(environment: string, [program, ...parameters]: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, shortMessage, stderr } = await execa(program, parameters, {
    ...{ reject: false, stdin: 'ignore', timeout: COPY_TIMEOUT_MS, env: { LC_ALL: 'C' } },
  });
  if (exitCode === 0) return;
  const [said = ''] = stderr.split('\n');
  if (UNREADABLE.test(stderr)) throw new ImageNotFoundError(`the environment cannot be read: ${said}`);
  throw new SandboxUnavailableError(
    `the environment ${environment} could not be copied: ${said === '' ? (shortMessage ?? '') : said}`,
  );
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
