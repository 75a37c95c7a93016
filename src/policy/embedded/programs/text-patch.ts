import { createTwoFilesPatch } from 'diff';
import type { TextByPath } from '../languages/language.ts';
import { memoise } from '../languages/memoise.ts';

/** The change of some files as a diff for `git apply`. */
export function patchOf(before: TextByPath, after: TextByPath): string {
  return Object.entries(after)
    .map(([path, text]) => filePatch({ path, before: before[path] ?? '', after: text }))
    .join('');
}

interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

// A replayed program makes the same patches at every turn, and comparing long texts takes milliseconds.
const filePatch = memoise(
  ({ path, before, after }: FileChange) =>
    createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, '', '', { context: 3 }),
  { keyOf: ({ path, before, after }) => JSON.stringify([path, before, after]), capacity: 256 },
);
