import { ImageNotFoundError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { clear, writeFile } from './write-file.ts';

/** A listed test file in its original text; scripts may run one directly. */
export interface OracleFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** The check test-files has seen that every listed file exists; test files are sources, fixtures at most. */
const ORACLE_FILE_LIMIT_BYTES = 16 * 1024 * 1024;

/** Reads the oracle tests before anything is applied; they never leave this process until they are put back. */
export async function takeOracleFiles(sandbox: Sandbox, paths: readonly string[]): Promise<readonly OracleFile[]> {
  const files: OracleFile[] = [];
  for (const path of paths) {
    const reading = await sandbox.read(`${sandbox.treeRoot}/${path}`, { maxBytes: ORACLE_FILE_LIMIT_BYTES });
    if (!reading.found)
      throw new ImageNotFoundError(`the oracle test ${path} cannot be read in the original tree: ${reading.problem}`);
    files.push({ path, content: reading.content, executable: reading.executable });
  }
  return files;
}

/**
 * Puts the oracle tests back, whatever stands in their place; a tree that does not let them be put back is the
 * prediction's doing, so the reason is a value.
 */
export async function putBack(sandbox: Sandbox, files: readonly OracleFile[]): Promise<string | undefined> {
  for (const { path, content, executable } of files) {
    const target = `${sandbox.treeRoot}/${path}`;
    await clear(sandbox, target);
    const problem = await writeFile(sandbox, target, content, { executable });
    if (problem !== undefined) return `the oracle test ${path} could not be put back: ${problem}`;
  }
  return undefined;
}
