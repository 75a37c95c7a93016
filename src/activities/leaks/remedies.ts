import { createHash } from 'node:crypto';

import { SandboxUnavailableError } from '../../domain/errors.ts';
import type { ImageIndex } from '../../domain/image-index.ts';
import { findLeaks, type Leak, type TouchedFile } from '../../domain/leaks.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { outputText } from '../command-output.ts';
import { runPython } from './run-python.ts';
import { windowsOf } from './text-windows.ts';

/** Content by path; what is no regular file is not there. */
export type FileContents = ReadonlyMap<string, Uint8Array>;

/** A leak with what takes it away: the buggy text for a copy, nothing for what is removed. */
export interface Remedy extends Leak {
  readonly content: Uint8Array | null;
}

export type RemedyPlan =
  | { readonly planned: true; readonly remedies: readonly Remedy[] }
  | { readonly planned: false; readonly problem: string };

/** As in `image_index.py`: what is larger is not indexed, and a bug that touches it is refused. */
const SOURCE_BYTES = 2 * 1024 * 1024;

/** Reads the files that a bug touches, as they stand; a file that cannot be read or is too large is a problem. */
export async function readTouched(sandbox: Sandbox, paths: readonly string[]): Promise<FileContents | string> {
  const contents = new Map<string, Uint8Array>();
  for (const path of paths) {
    const reading = await sandbox.read(`${sandbox.treeRoot}/${path}`, { maxBytes: SOURCE_BYTES });
    if (reading.found) contents.set(path, reading.content);
    else if (reading.problem === 'too-large' || reading.problem === 'not-permitted')
      return `${path}, which the bug touches, cannot be looked for: ${reading.problem}`;
  }
  return contents;
}

/** What has to go so that the original text of the touched files cannot be read anywhere. Costs milliseconds. */
export function planRemedies(
  index: ImageIndex,
  paths: readonly string[],
  { original, present }: { readonly original: FileContents; readonly present: FileContents },
): RemedyPlan {
  const unknown = [...original].find(([path, content]) => index.files[path] !== digestOf(content));
  if (unknown !== undefined) {
    return { planned: false, problem: `the index of the image does not hold ${unknown[0]} as it is` };
  }
  const leaks = findLeaks(
    index,
    paths.map((path) => touchedFile(path, original.get(path), present.get(path))),
  );
  return {
    planned: true,
    remedies: leaks.map((leak) => ({
      ...leak,
      content: leak.remedy === 'overwrite' ? (present.get(leak.of) ?? null) : null,
    })),
  };
}

const NOTHING = new Uint8Array();

function touchedFile(path: string, original: Uint8Array = NOTHING, present?: Uint8Array): TouchedFile {
  const windows = windowsOf(original);
  const left = windowsOf(present ?? NOTHING);
  return {
    path,
    changed: present === undefined || Buffer.compare(original, present) !== 0,
    present: present !== undefined,
    windows,
    secret: new Set([...windows].filter((window) => !left.has(window))),
  };
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Hundreds of files take well under a second; removing a large repository takes some. */
const APPLY_TIMEOUT_MS = 120_000;
/** A sentence for each of the places that stay. */
const ANSWER_CAP_BYTES = 4 * 1024 * 1024;

/** Applies remedies and looks that each holds; what stays is named, with the reason. */
export async function applyRemedies(
  sandbox: Sandbox,
  remedies: readonly Remedy[],
  signal: AbortSignal,
): Promise<readonly { readonly path: string; readonly reason: string }[]> {
  if (remedies.length === 0) return [];
  const request = remedies.map(({ path, remedy, content }) => ({
    path,
    remedy,
    content: content === null ? '' : Buffer.from(content).toString('base64'),
  }));
  const result = await runPython(sandbox, 'replace_leaks.py', {
    request,
    timeoutMs: APPLY_TIMEOUT_MS,
    outputCapBytes: ANSWER_CAP_BYTES,
    signal,
  });
  signal.throwIfAborted();
  if (result.ending !== 'exited' || result.exitCode !== 0) {
    const said = outputText(result.stderr).trim().slice(-500);
    throw new SandboxUnavailableError(`second copies of the source were not removed: ${result.ending} ${said}`);
  }
  return readProblems(outputText(result.stdout));
}

function readProblems(text: string): readonly { readonly path: string; readonly reason: string }[] {
  const problems: unknown = JSON.parse(text);
  return Object.entries(problems ?? {}).map(([path, reason]) => ({ path, reason: String(reason) }));
}
