import { SnapshotUnusableError } from '../../domain/failure/errors.ts';
import { TREE_ROOT } from '../mount-points.ts';

/** Absolute path to content; what a scripted command sees of its sandbox and may change. */
export type InMemoryFiles = Map<string, InMemoryFile>;

export interface InMemoryFile {
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** What the tree holds, for comparison. */
export function treeOf(files: InMemoryFiles): string {
  return Buffer.from(pack(new Map([...files].filter(([path]) => path.startsWith(`${TREE_ROOT}/`))))).toString();
}

/** A snapshot. */
export function pack(files: InMemoryFiles): Uint8Array {
  const entries = [...files].sort(([left], [right]) => (left < right ? -1 : 1));
  return Buffer.from(
    JSON.stringify(
      entries.map(([path, { content, executable }]) => [path, Buffer.from(content).toString('base64'), executable]),
    ),
  );
}

/** Throws `SnapshotUnusableError`. */
export function unpack(snapshot: Uint8Array): InMemoryFiles {
  const entries = readEntries(Buffer.from(snapshot).toString());
  return new Map(
    entries.map((entry: unknown) => {
      const fields: readonly unknown[] = Array.isArray(entry) ? entry : [];
      const [path, content, executable] = fields;
      return [String(path), { content: Buffer.from(String(content), 'base64'), executable: executable === true }];
    }),
  );
}

function readEntries(text: string): readonly unknown[] {
  try {
    const entries: unknown = JSON.parse(text);
    if (Array.isArray(entries)) return entries;
  } catch {
    // The same as any other text that no sandbox in memory wrote.
  }
  throw new SnapshotUnusableError('this is no snapshot of a sandbox in memory');
}
