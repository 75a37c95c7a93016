import { createHash } from 'node:crypto';

import { execa } from 'execa';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';

/** A listing of 20,000 directories takes tenths of a second; a disk that hangs must not hold everybody up. */
const LISTING_TIMEOUT_MS = 120_000;

/**
 * Changes when a file comes or goes anywhere below: told by the change times of directories. One that this user may not
 * look into (`find` then exits with 1) is told by its own time alone; no sandbox of this user can look into it either.
 */
export async function directoriesFingerprint(directory: string): Promise<string> {
  const parameters = [directory, '-type', 'd', '-printf', '%p %T@\\n'];
  const options = { reject: false, buffer: false, stdin: 'ignore', timeout: LISTING_TIMEOUT_MS } as const;
  const listing = execa('find', parameters, { ...options, stderr: 'ignore' });
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of listing.iterable({ binary: true })) {
    digest.update(chunk);
    bytes += chunk.length;
  }
  const { exitCode, shortMessage } = await listing;
  if (bytes === 0 || (exitCode !== 0 && exitCode !== 1))
    throw new SandboxUnavailableError(`the directories of ${directory} could not be listed: ${shortMessage}`);
  return digest.digest('hex');
}
