import { createHash } from 'node:crypto';

import { z } from 'zod';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { ImageIndex } from '../../domain/leaks/image-index.ts';
import { findLeaks, type Leak, type TouchedFile } from '../../domain/leaks/leaks.ts';
import type { HiddenEntry, Sandbox } from '../../sandbox/sandbox.ts';
import { outputText } from '../services/command-output.ts';
import { runPython } from '../tree/run-python.ts';
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

/** What was taken away, and of it what only the sandbox itself could: it has to be said again after a restore. */
export type TakenAway =
  | { readonly taken: true; readonly hidden: readonly HiddenEntry[] }
  | { readonly taken: false; readonly problem: string };

/** A covered file is three arguments of each command in a bubblewrap sandbox, which takes some thousands. */
const MOST_HIDDEN = 1000;

/**
 * Applies remedies as the agent's user; what that user cannot change (the host's programs, a read-only environment, files
 * of another user) is hidden by the sandbox, with its siblings. Then looks, as the agent's user, that it is so.
 */
export async function takeAway(sandbox: Sandbox, remedies: readonly Remedy[], signal: AbortSignal): Promise<TakenAway> {
  const stays = await replace(sandbox, ordersOf(remedies), signal);
  if (stays.length === 0) return { taken: true, hidden: [] };
  const hidden = withSiblings(stays, remedies);
  if (hidden.length > MOST_HIDDEN) return { taken: false, problem: staying(stays) };
  await sandbox.hide(hidden);
  const looks = hidden.map(({ path }) => ({ path, remedy: 'look', content: '' }));
  const visible = await replace(sandbox, looks, signal);
  return visible.length === 0 ? { taken: true, hidden } : { taken: false, problem: staying(visible) };
}

/** What is removed goes with its siblings; beside what gets the buggy text they are only written anew. */
function ordersOf(remedies: readonly Remedy[]): readonly Order[] {
  const orders = new Map<string, Order>();
  for (const { remedy, beside = [] } of remedies) {
    for (const path of beside) {
      if (remedy === 'remove' || !orders.has(path))
        orders.set(path, { path, remedy: remedy === 'remove' ? 'remove' : 'renew', content: '' });
    }
  }
  for (const { path, remedy, content } of remedies)
    orders.set(path, { path, remedy, content: content === null ? '' : Buffer.from(content).toString('base64') });
  return [...orders.values()];
}

function withSiblings(stays: Stays, remedies: readonly Remedy[]): readonly HiddenEntry[] {
  const besides = new Map(remedies.map(({ path, beside = [] }) => [path, beside]));
  const hidden = new Map(stays.map(({ path, directory }) => [path, { path, directory }]));
  for (const { path } of stays) {
    for (const sibling of besides.get(path) ?? [])
      if (!hidden.has(sibling)) hidden.set(sibling, { path: sibling, directory: false });
  }
  return [...hidden.values()];
}

interface Order {
  readonly path: string;
  readonly remedy: string;
  readonly content: string;
}

const staysFormat = z.array(z.object({ path: z.string(), reason: z.string(), directory: z.boolean() }));

type Stays = z.infer<typeof staysFormat>;

/** Hundreds of files take well under a second; removing a large repository takes some. */
const REPLACE_TIMEOUT_MS = 120_000;
/** A sentence for each of the places that stay. */
const ANSWER_CAP_BYTES = 4 * 1024 * 1024;

async function replace(sandbox: Sandbox, orders: readonly Order[], signal: AbortSignal): Promise<Stays> {
  if (orders.length === 0) return [];
  const options = { request: orders, timeoutMs: REPLACE_TIMEOUT_MS, outputCapBytes: ANSWER_CAP_BYTES, signal };
  const result = await runPython(sandbox, 'leaks/replace_leaks.py', options);
  signal.throwIfAborted();
  if (result.ending !== 'exited' || result.exitCode !== 0) {
    const said = outputText(result.stderr).trim().slice(-500);
    throw new SandboxUnavailableError(`second copies of the source were not removed: ${result.ending} ${said}`);
  }
  return staysFormat.parse(JSON.parse(outputText(result.stdout)));
}

function staying(stays: Stays): string {
  const named = stays.slice(0, 3).map(({ path, reason }) => `${path} (${reason})`);
  const more = stays.length > named.length ? ` and ${stays.length - named.length} more` : '';
  return `the original text stays readable in ${named.join(', ')}${more}`;
}
