import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { messageOf } from '../message-of.ts';
import { descriptionPath } from '../supervised/sandbox-description.ts';
import { unfinishedName } from '../unfinished.ts';

/**
 * Takes the name of a sandbox, with its description, in one step; false when it is taken already.
 *
 * A worker that dies before leaves a hidden directory that `tidy` finds, one that dies after leaves a sandbox that `list`
 * finds.
 */
export async function claimSandbox(
  stateDir: string,
  { id, snapshot }: { readonly id: string; readonly snapshot?: Uint8Array },
  description: string,
): Promise<boolean> {
  let attempt: string | undefined;
  try {
    await makeDirectory(stateDir);
    attempt = await mkdtemp(path.join(stateDir, unfinishedName()));
    await writeFile(descriptionPath(attempt), description);
    if (snapshot !== undefined) await writeFile(path.join(attempt, 'snapshot'), snapshot);
    await rename(attempt, path.join(stateDir, id));
    return true;
  } catch (error) {
    if (attempt !== undefined) await rm(attempt, { recursive: true, force: true });
    const code = errorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw new SandboxUnavailableError(
      `making a directory for sandbox ${id} in ${stateDir} failed: ${messageOf(error)}. ` +
        'Free disk space there, or choose a state directory that can be written to',
      { cause: error },
    );
  }
}

/** Not `recursive`: Node never comes back from that where a file system refuses new directories as /proc does. */
async function makeDirectory(directory: string, parentIsThere = false): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || parentIsThere) throw error;
    await makeDirectory(path.dirname(directory));
    await makeDirectory(directory, true);
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
