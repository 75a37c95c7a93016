import type { Choose } from '../../choice/choose.ts';
import { flag, logOf } from '../../choice/features.ts';
import { isSameEdit, type CodeEdit } from '../../languages/code-edit.ts';
import type { CodeRegion, Language } from '../../languages/language.ts';
import { indentOf } from '../../languages/source-edit.ts';

/** A file as the injector knows it. */
export interface KnownText {
  readonly path: string;
  readonly text: string;
}

export interface BugSearch {
  readonly choose: Choose;
  readonly language: Language;
  readonly library: KnownText;
  /** Text of the tests, to see what they name. */
  readonly testText: string;
}

/** Chooses a function, then one edit of it that was not tried yet. Undefined when the file has nothing left. */
export function chooseEdit(
  { choose, language, library: { text }, testText }: BugSearch,
  strategy: 'removal' | 'direct',
  tried: readonly CodeEdit[],
): CodeEdit | undefined {
  let regions = language.functionsOf(text).slice(0, MOST_CANDIDATES);
  while (regions.length > 0) {
    const region = choose('broken-function', regions, (candidate) => ({
      'mentioned-in-tests': flag(testText.includes(candidate.name)),
      private: flag(/^_[^_]/.test(candidate.name)),
      dunder: flag(candidate.name.startsWith('__')),
      'log-lines': logOf(candidate.lastLine - candidate.firstLine),
      'tried-before': tried.filter(({ edit }) => isInside(edit.start, candidate)).length,
    }));
    if (region === undefined) return undefined;
    const edits = language
      .editsOf(strategy, text, region)
      .filter((edit) => !tried.some((other) => isSameEdit(edit, other)));
    const edit = choose('breaking-edit', edits.slice(0, MOST_CANDIDATES), (candidate) => editFeatures(text, candidate));
    if (edit !== undefined) return edit;
    regions = regions.filter((other) => other !== region);
  }
  return undefined;
}

const MOST_CANDIDATES = 120;

function editFeatures(text: string, { operator, edit }: CodeEdit) {
  const removed = text.slice(edit.start, edit.end);
  return {
    [operator]: 1,
    'log-lines': logOf(removed.split('\n').length - 1),
    indent: indentOf(text, edit.start).length / 4,
  };
}

function isInside(offset: number, { start, end }: CodeRegion): boolean {
  return offset >= start && offset < end;
}
