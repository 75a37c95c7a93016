import { definedTestNames } from '../../../../domain/report/test-definition.ts';
import type { TextByPath } from '../language.ts';
import { applyEdits, lineStart, nextLineStart, type SourceEdit } from '../source-edit.ts';
import type { SyntaxNode } from '../syntax-tree.ts';
import { isSound, parseJavaScript, sourceOf } from './syntax.ts';
import { legible, readTestId } from './test-id.ts';
import { titledCalls, type TitledCall } from './test-titles.ts';

/**
 * The test files without the definitions of these tests, whole definitions at a time; undefined where one is not found.
 *
 * Tests of one name are taken out together, and so are those that one definition in a loop makes. A title must be
 * written out on the line that the definition begins on: who reads the diff sees there which tests are gone.
 */
export function removeTests(texts: TextByPath, testIds: readonly string[]): TextByPath | undefined {
  const calls = new Map<string, readonly TitledCall[]>();
  const removed = new Map<string, Set<TitledCall>>();
  for (const id of testIds) {
    const { path } = readTestId(id);
    const known = calls.get(path) ?? callsIn(texts[path] ?? '');
    calls.set(path, known);
    const found = definitionsOf(known, id);
    if (found.length === 0 || !found.every((call) => isLegible(texts[path] ?? '', call))) return undefined;
    removed.set(path, new Set([...(removed.get(path) ?? []), ...found]));
  }
  const weakened = [...removed].map(([path, gone]) => [path, without(texts[path] ?? '', [...gone])] as const);
  if (weakened.some(([, text]) => text === undefined)) return undefined;
  return Object.fromEntries(weakened.map(([path, text]) => [path, text ?? '']));
}

function callsIn(text: string): readonly TitledCall[] {
  const root = parseJavaScript(text).module?.tree();
  return root === undefined ? [] : titledCalls(text, root);
}

/** By all titles; where suites around it have none that is written out, by its own, if that is enough to tell it. */
function definitionsOf(calls: readonly TitledCall[], id: string): readonly TitledCall[] {
  const { titles, bareTitles } = readTestId(id);
  const named = (wanted: readonly string[]) =>
    calls.filter(
      (call) => call.titles.length === wanted.length && call.titles.every((each, at) => is(each, wanted[at])),
    );
  const exact = [named(titles), named(bareTitles)].find((found) => found.length > 0);
  if (exact !== undefined) return exact;
  const alone = calls.filter((call) => is(call.titles.at(-1), bareTitles.at(-1)));
  return alone.length === 1 ? alone : [];
}

function is(title: string | null | undefined, wanted: string | undefined): boolean {
  return title !== null && title !== undefined && legible(title) === wanted;
}

function isLegible(text: string, { node, titles }: TitledCall): boolean {
  const line = text.slice(node.start, nextLineStart(text, node.start));
  const title = titles.at(-1);
  return typeof title === 'string' && definedTestNames([line]).has(title.trim());
}

function without(text: string, calls: readonly TitledCall[]): string | undefined {
  const grammar = parseJavaScript(text).module?.grammar;
  // One definition may stand in another that goes as well.
  const outermost = calls.filter(
    ({ statement }) => !calls.some((other) => other.statement !== statement && contains(other.statement, statement)),
  );
  const distinct = new Map(outermost.map(({ statement }) => [statement.start, statement]));
  const weakened = applyEdits(
    text,
    [...distinct.values()].map((statement) => removalOf(text, statement)),
  );
  return grammar !== undefined && isSound(weakened, grammar) ? weakened : undefined;
}

function contains(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Takes the statement out with the blank lines before it; where it shares a line with others, it alone goes. */
function removalOf(text: string, statement: SyntaxNode): SourceEdit {
  const from = lineStart(text, statement.start);
  const until = nextLineStart(text, statement.end);
  const alone = sourceOf(text, { start: from, end: until }).trim() === sourceOf(text, statement).trim();
  if (!alone) return { start: statement.start, end: statement.end, replacement: '' };
  const blank = /(?:\n[ \t]*)*\n$/.exec(text.slice(0, from))?.[0] ?? '\n';
  return { start: Math.max(0, from - blank.length + 1), end: until, replacement: '' };
}
