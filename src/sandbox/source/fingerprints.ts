import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';

import { execa } from 'execa';

import { ImageNotFoundError, SandboxUnavailableError } from '../../domain/failure/errors.ts';

/**
 * Changes whenever anything in the tree does: times of change cannot be set back by who edits a file. Throws
 * `ImageNotFoundError` when the directory is no tree, or one that cannot be read.
 */
export async function sourceFingerprint(directory: string, what: 'source' | 'environment'): Promise<string> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new ImageNotFoundError(`the ${what} directory ${directory} does not exist or is not a directory`);
  }
  const directories = ['-type', 'd', '-printf', '%P\\0%m %i\\0'];
  const files = ['-printf', '%P\\0%y %m %i %s %T@ %C@\\0'];
  const listing = await list(['-H', directory, '-mindepth', '1', ...directories, '-o', ...files]);
  if (listing.exitCode === 1) throw new ImageNotFoundError(`the ${what} cannot be read: ${listing.problem}`);
  if (listing.exitCode !== 0)
    throw new SandboxUnavailableError(`the ${what} ${directory} could not be listed: ${listing.problem}`);
  if (listing.bytes === 0) throw new ImageNotFoundError(`the ${what} directory ${directory} is empty`);
  return createHash('sha256').update(`${directory}\0${listing.digest}`).digest('hex').slice(0, 32);
}

/**
 * Changes when a file comes or goes anywhere below: told by the change times of directories. One that this user may not
 * look into (`find` then exits with 1) is told by its own time alone; no sandbox of this user can look into it either.
 */
export async function directoriesFingerprint(directory: string): Promise<string> {
  const { digest, bytes, exitCode, problem } = await list([directory, '-type', 'd', '-printf', '%p %T@\\n']);
  if (bytes === 0 || (exitCode !== 0 && exitCode !== 1))
    throw new SandboxUnavailableError(`the directories of ${directory} could not be listed: ${problem}`);
  return digest;
}

/** A listing of 20,000 directories takes tenths of a second; a disk that hangs must not hold everybody up. */
const LISTING_TIMEOUT_MS = 120_000;

interface Listing {
  readonly digest: string;
  readonly bytes: number;
  readonly exitCode: number | undefined;
  readonly problem: string;
}

/**
 * What `find` prints, in the order in which the file system gives it, which stays as long as nothing changes. A program
 * of its own: a walk through a large tree in here would hold up the heartbeats of every rollout of this host.
 */
async function list(parameters: readonly string[]): Promise<Listing> {
  const listing = execa('find', parameters, {
    ...{ reject: false, stdin: 'ignore', timeout: LISTING_TIMEOUT_MS, env: { LC_ALL: 'C' } },
    buffer: { stdout: false, stderr: true },
  });
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of listing.iterable({ binary: true })) {
    digest.update(chunk);
    bytes += chunk.length;
  }
  const { exitCode, shortMessage, stderr } = await listing;
  const [said = ''] = stderr.split('\n');
  return { digest: digest.digest('hex'), bytes, exitCode, problem: said === '' ? (shortMessage ?? '') : said };
}
