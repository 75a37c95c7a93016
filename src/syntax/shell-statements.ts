import { parse, type SgNode } from '@ast-grep/napi';

import './grammars.ts';

/**
 * The statements of a script. The grammar takes the square of the length for texts made for it (a third of a second for
 * 4 KiB of them), so a long script is read in pieces: a statement that a piece ends in begins the next one.
 */
export function* statementsOf(text: string): Iterable<SgNode> {
  for (let at = 0; at < text.length;) {
    const piece = pieceAt(text, at);
    const root = shellRoot(piece);
    const begun = at + piece.length < text.length ? begunIn(root) : [];
    const [first] = begun;
    yield* first === undefined ? [root] : root.children().slice(0, -begun.length);
    at += first === undefined ? piece.length : startOf(first);
  }
}

/** The statement that the end of a piece cuts, with what the grammar could not read of it; none where most would be. */
function begunIn(root: SgNode): readonly SgNode[] {
  if (root.kind() !== 'program') return [];
  const late = root.children().filter((statement) => startOf(statement) > PIECE / 2);
  const error = late.findIndex((statement) => statement.kind() === 'ERROR');
  return late.slice(error === -1 ? -1 : Math.max(error - 1, 0));
}

function pieceAt(text: string, at: number): string {
  const longest = text.slice(at, at + PIECE);
  const lines = at + PIECE < text.length ? longest.lastIndexOf('\n') + 1 : 0;
  return lines === 0 ? longest : longest.slice(0, lines);
}

const PIECE = 4 * 1024;

function shellRoot(text: string): SgNode {
  return parse('bash', text).root();
}

/** Where a node begins in the text that it was read from. */
export function startOf(node: SgNode): number {
  return node.range().start.index;
}
