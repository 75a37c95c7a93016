import type { ExecutedLine } from '../language.ts';

/** A run of statements that are executed together, with how many tests of each outcome came by. */
export interface CoveredBlock {
  /** As coverage names it: import path and file. */
  readonly file: string;
  readonly firstLine: number;
  readonly firstColumn: number;
  readonly lastLine: number;
  readonly byFailing: number;
  readonly byPassing: number;
}

/** The blocks that failing tests came by, by the path of their file in the tree, in the order of the text. */
export function blocksByPath(
  rows: readonly (readonly string[])[],
  root: string,
): ReadonlyMap<string, readonly CoveredBlock[]> {
  const directories = new Map(
    rows.flatMap(([kind, path = '', directory = '']) => (kind === 'package' ? [[path, directory] as const] : [])),
  );
  const blocks = new Map<string, CoveredBlock[]>();
  for (const block of rows.flatMap(readBlock)) {
    const [, folder = '', name = ''] = /^(.*)\/([^/]+)$/.exec(block.file) ?? [];
    const directory = directories.get(folder);
    if (directory === undefined || !(directory === root || directory.startsWith(`${root}/`))) continue;
    const path = `${directory}/${name}`.slice(root.length + 1);
    blocks.set(path, [...(blocks.get(path) ?? []), block]);
  }
  return new Map([...blocks].map(([path, unordered]) => [path, unordered.sort(inOrder)]));
}

function inOrder(one: CoveredBlock, other: CoveredBlock): number {
  return one.firstLine - other.firstLine || one.firstColumn - other.firstColumn;
}

function readBlock([kind, file = '', range = '', failing, passing]: readonly string[]): readonly CoveredBlock[] {
  const match = kind === 'block' ? /^(\d+)\.(\d+),(\d+)\.\d+$/.exec(range) : null;
  if (match === null) return [];
  const [firstLine = 0, firstColumn = 0, lastLine = 0] = match.slice(1).map(Number);
  return [{ file, firstLine, firstColumn, lastLine, byFailing: Number(failing), byPassing: Number(passing) }];
}

/** Lines by the first block that they are part of: `if x {` belongs to what comes before it, not to what it guards. */
export function executedLinesOf(blocks: ReadonlyMap<string, readonly CoveredBlock[]>): readonly ExecutedLine[] {
  return [...blocks].flatMap(([path, ordered]) => {
    const lines = new Map<number, ExecutedLine>();
    for (const { firstLine, lastLine, byFailing, byPassing } of ordered) {
      for (let line = firstLine; line <= lastLine; line += 1) {
        if (!lines.has(line)) lines.set(line, { path, line, byFailing, byPassing });
      }
    }
    return [...lines.values()];
  });
}
