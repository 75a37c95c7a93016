import { createTwoFilesPatch } from 'diff';
import type { TextByPath } from './languages/language.ts';

/** The change of some files as a diff for `git apply`. */
export function patchOf(before: TextByPath, after: TextByPath): string {
  return Object.entries(after)
    .map(([path, text]) =>
      createTwoFilesPatch(`a/${path}`, `b/${path}`, before[path] ?? '', text, '', '', { context: 3 }),
    )
    .join('');
}
