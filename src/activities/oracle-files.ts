import { ImageNotFoundError } from '../domain/errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { runTool } from './tree-state.ts';

/** A listed test file in its original text. */
export interface OracleFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** Check 1 has seen that every listed file exists; test files are sources, fixtures at most. */
const ORACLE_FILE_LIMIT_BYTES = 16 * 1024 * 1024;

/** Reads the oracle tests before anything is applied; they never leave this process until they are put back. */
export async function takeOracleFiles(sandbox: Sandbox, paths: readonly string[]): Promise<readonly OracleFile[]> {
  const files: OracleFile[] = [];
  for (const path of paths) {
    const reading = await sandbox.read(`${sandbox.treeRoot}/${path}`, { maxBytes: ORACLE_FILE_LIMIT_BYTES });
    if (!reading.found)
      throw new ImageNotFoundError(`the oracle test ${path} cannot be read in the original tree: ${reading.problem}`);
    files.push({ path, content: reading.content });
  }
  return files;
}

/**
 * Puts the oracle tests back, whatever stands in their place; a tree that does not let them be put back is the
 * prediction's doing, so the reason is a value.
 */
export async function putBack(sandbox: Sandbox, files: readonly OracleFile[]): Promise<string | undefined> {
  for (const { path, content } of files) {
    const target = `${sandbox.treeRoot}/${path}`;
    // A link or directory in place of the file is removed, never followed or written through.
    await runTool(sandbox, ['rm', '-rf', '--', target], { signal: AbortSignal.timeout(REMOVE_TIMEOUT_MS) });
    const writing = await sandbox.write(target, content);
    if (!writing.written) return `the oracle test ${path} could not be put back: ${writing.problem}`;
  }
  return undefined;
}

/** Removing one file or folder that a patch put there. */
const REMOVE_TIMEOUT_MS = 30_000;
