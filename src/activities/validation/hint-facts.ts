import type { FileHints } from '../../domain/checks/validation-facts.ts';
import type { FileChange } from '../../domain/diff/unified-diff.ts';
import { sourceLines, withoutMarks } from '../../syntax/prose.ts';

/**
 * What a change takes out of a file and what comments it puts in (docs/specification.md#no-hints); texts are those
 * around the change.
 */
export function hintsOf(change: FileChange, before: string, after: string): FileHints {
  const { path, removedLines, addedLines } = change;
  const old = sourceLines(path, before);
  const now = sourceLines(path, after);
  if (old === undefined || now === undefined) {
    return {
      path,
      read: 'lines',
      removedCode: removedLines.filter((line) => line.trim() !== '' && !BEGINS_COMMENT.test(line)),
      addedProse: addedLines.filter((line) => BEGINS_COMMENT.test(line)).map(withoutMarks),
    };
  }
  const removed = new Set(removedLines);
  const left = new Set(now.code);
  const said = new Set(old.prose);
  return {
    path,
    read: 'syntax',
    // A line between two marks of a comment is no change of the diff, and is code no more.
    removedCode: old.code.filter((line) => removed.has(line) || !left.has(line)),
    addedProse: now.prose.filter((line) => !said.has(line)),
  };
}

const BEGINS_COMMENT = /^\s*(?:#(?!include|define|if|el|endif|!\[|\[)|\/\/|\/\*|\*(?:\s|\/)|--\s|;|%|<!--)/;
