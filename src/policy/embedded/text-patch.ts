import { createTwoFilesPatch } from 'diff';
import type { TextByPath } from './languages/language.ts';
import { lineOf, type SourceEdit } from './languages/source-edit.ts';
import { applySearchReplace } from '../../domain/tool-protocol.ts';

/** The change of some files as a diff for `git apply`. */
export function patchOf(before: TextByPath, after: TextByPath): string {
  return Object.entries(after)
    .map(([path, text]) =>
      createTwoFilesPatch(`a/${path}`, `b/${path}`, before[path] ?? '', text, '', '', { context: 3 }),
    )
    .join('');
}

export interface SearchReplace {
  readonly search: string;
  readonly replace: string;
}

/** An edit as the edit tool takes it: whole lines, as many as it takes to be unique. Undefined if none are. */
export function toSearchReplace(text: string, edit: SourceEdit): SearchReplace | undefined {
  const lines = text.split('\n');
  const edited = (text.slice(0, edit.start) + edit.replacement + text.slice(edit.end)).split('\n');
  const firstChanged = lineOf(text, edit.start);
  const fromEnd = lines.length - 1 - lineOf(text, Math.max(edit.start, edit.end - 1));
  // One line of context at least: an edit that leaves nothing behind cannot be told from one that was never made.
  for (let context = 1; context <= MOST_CONTEXT; context += 1) {
    const first = Math.max(0, firstChanged - context);
    const tail = Math.max(0, fromEnd - context);
    const search = lines.slice(first, lines.length - tail).join('\n');
    const replace = edited.slice(first, edited.length - tail).join('\n');
    if (applySearchReplace(text, search, replace).applied && replace.trim() !== '') return { search, replace };
  }
  return undefined;
}

const MOST_CONTEXT = 12;
