import type { OriginalTree } from '../../domain/checks/validation-facts.ts';
import { InvalidInputError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { timelinessOf, type Timeliness } from '../../domain/report/timeliness.ts';
import { runTool } from './tree-state.ts';

/** A listing of 100,000 files with long paths, ten times what large projects have. */
const LISTING_CAP_MIB = 64;
const MIB = 1024 * 1024;

/** One entry of the tree as it stands now. */
interface Entry {
  readonly type: string;
  /** Inode, change time, size and mode in one string: a file edited and put back differs in it. */
  readonly identity: string;
}

export type TreeListing = ReadonlyMap<string, Entry>;

/** A tree that is too large to be listed cannot be judged; whose fault that is depends on who made it. */
export type TreeReading =
  | { readonly listed: true; readonly tree: TreeListing }
  | { readonly listed: false; readonly timeliness: Timeliness; readonly problem: string };

/**
 * Everything below the tree's root but `.git`: path, kind, and what tells whether it was touched. Never a part of it:
 * what a listing leaves out would be taken for unchanged. Throws `SandboxUnavailableError` when `find` does not end: no
 * diff within its limits can make a tree that large.
 */
export async function readTree(sandbox: Sandbox, signal: AbortSignal): Promise<TreeReading> {
  const reading = await readTreeAfterScript(sandbox, signal);
  if (!reading.listed && reading.timeliness !== 'in-time') throw new SandboxUnavailableError(reading.problem);
  return reading;
}

/** The same of a tree in which a script ran: one that takes too long to list may be of the script's making. */
export async function readTreeAfterScript(sandbox: Sandbox, signal: AbortSignal): Promise<TreeReading> {
  const format = String.raw`%y %i:%C@:%s:%m %P\0`;
  const argv = ['find', '.', '-mindepth', '1', '-path', './.git', '-prune', '-o', '-printf', format] as const;
  const result = await runTool(sandbox, [...argv], { signal, outputCapBytes: LISTING_CAP_MIB * MIB });
  signal.throwIfAborted();
  const timeliness = timelinessOf(result);
  if (timeliness !== 'in-time') return unlisted('the files of the tree cannot be listed in time', timeliness);
  const { head, tail, droppedBytes } = result.stdout;
  if (droppedBytes > 0) return unlisted(problemOf(head.length + tail.length + droppedBytes));
  const text = Buffer.concat([head, tail]).toString('utf8');
  return { listed: true, tree: new Map(text.split('\0').flatMap((record) => readEntry(record))) };
}

function unlisted(problem: string, timeliness: Timeliness = 'in-time'): TreeReading {
  return { listed: false, timeliness, problem };
}

function problemOf(bytes: number): string {
  const mib = (bytes / MIB).toFixed(1);
  return `the tree has too many files: its list of paths takes ${mib} MiB, and at most ${LISTING_CAP_MIB} MiB can be judged`;
}

/** A tree that no agent has made larger: where it cannot be listed the subject is to blame (`InvalidInputError`). */
export function listedTree(reading: TreeReading): TreeListing {
  if (reading.listed) return reading.tree;
  throw new InvalidInputError(`${reading.problem}; leave the subject out, or take files out of its image`);
}

function readEntry(record: string): readonly (readonly [string, Entry])[] {
  const match = /^(\S+) (\S+) ([\s\S]+)$/.exec(record);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return [];
  return [[match[3], { type: match[1], identity: match[2] }]];
}

export function originalTree(listing: TreeListing): OriginalTree {
  const entries = [...listing];
  const pathsOf = (type: string) => entries.filter(([, entry]) => entry.type === type).map(([path]) => path);
  const nested = entries.filter(([path]) => path.endsWith('/.git')).map(([path]) => path.slice(0, -'/.git'.length));
  return { files: pathsOf('f'), symbolicLinks: pathsOf('l'), submodules: nested };
}

/** Existing regular files that are not what they were: changed, replaced, removed, or changed and put back. */
export function changedFiles(before: TreeListing, after: TreeListing): readonly string[] {
  return [...before]
    .filter(([path, entry]) => entry.type === 'f' && after.get(path)?.identity !== entry.identity)
    .map(([path]) => path);
}

/** Paths of files and links that are there in one of the listings only, or are not the same in both. */
export function changedPaths(before: TreeListing, after: TreeListing): readonly string[] {
  const differs = (one: TreeListing, other: TreeListing) =>
    [...one].filter(([path, entry]) => {
      const twin = other.get(path);
      return entry.type !== 'd' && (twin?.type !== entry.type || twin.identity !== entry.identity);
    });
  return [...new Set([...differs(before, after), ...differs(after, before)].map(([path]) => path))];
}
