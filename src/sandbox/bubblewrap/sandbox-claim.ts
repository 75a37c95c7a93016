import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { messageOf } from '../message-of.ts';
import { descriptionPath } from '../supervised/sandbox-description.ts';

// A directory that was never given its name is left over when its worker died within a millisecond.
const ABANDONED_MS = 600_000;
const UNNAMED = '.new-';

/**
 * Takes the name of a sandbox, with its description, in one step; false when it is taken already.
 *
 * A worker that dies before leaves a hidden directory that means nothing, one that dies after leaves a sandbox that
 * `list` finds.
 */
export async function claimSandbox(
  stateDir: string,
  { id, snapshot }: { readonly id: string; readonly snapshot?: Uint8Array },
  description: string,
): Promise<boolean> {
  let attempt: string | undefined;
  try {
    await makeDirectory(stateDir);
    await removeAbandoned(stateDir);
    attempt = await mkdtemp(path.join(stateDir, UNNAMED));
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

async function removeAbandoned(stateDir: string): Promise<void> {
  const names = await readdir(stateDir);
  for (const name of names.filter((found) => found.startsWith(UNNAMED))) {
    const status = await stat(path.join(stateDir, name)).catch(() => undefined);
    if (status === undefined || Date.now() - status.mtimeMs < ABANDONED_MS) continue;
    await rm(path.join(stateDir, name), { recursive: true, force: true });
  }
}
