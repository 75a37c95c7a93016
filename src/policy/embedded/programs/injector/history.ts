import type { CodeEdit } from '../../languages/code-edit.ts';
import { memoise } from '../../languages/memoise.ts';
import { bash, quote, type Steps } from '../../steps/steps.ts';

/** A hunk of a past change, as an edit that undoes it in today's text. */
export interface PastChange extends CodeEdit {
  /** Changes of the file that came after it. */
  readonly age: number;
  /** Lines that undoing it takes out and puts back. */
  readonly removedLines: readonly string[];
  readonly addedLines: readonly string[];
}

/** The largest hunk (docs/specification.md#embedded-policy): beyond it a revert is a rewrite. */
const MOST_LINES = 8;
const CONTEXT = 2;
/** Of a long history the latest part is read: it is what today's tests and code still agree with. */
const MOST_BYTES = 50_000;

/** How many commits touched each file. The sandbox's own baseline commit is among them and changes nothing. */
export function* countChanges(sourceTree: string): Steps<ReadonlyMap<string, number>> {
  const { output } = yield* bash(
    `cd ${quote(sourceTree)} && git --no-pager log -n 100 --format= --name-only | sort | uniq -c | sort -rn | head -n 400`,
  );
  const counts = [...output.matchAll(/^ *(\d+) (.+)$/gm)].map(
    ([, count, path]) => [path ?? '', Number(count)] as const,
  );
  return new Map(counts);
}

/** The latest past changes of one file, as `git log -p` prints them. */
export function* readHistory(sourceTree: string, path: string): Steps<string> {
  const format = `-p -U${CONTEXT} --no-color --no-ext-diff --src-prefix=a/ --dst-prefix=b/ --format='commit %h'`;
  const { output } = yield* bash(
    `cd ${quote(sourceTree)} && git --no-pager log -n 30 ${format} -- ${quote(path)} | head -c ${MOST_BYTES}`,
  );
  return output;
}

/** The hunks of `git log -p` of one file that can be undone in its text of today. */
export function undoableChanges(log: string, text: string): readonly PastChange[] {
  return cachedChanges({ log, text });
}

// Searched again at every turn of the replay otherwise.
const cachedChanges = memoise(findChanges, {
  keyOf: ({ log, text }) => JSON.stringify([log, text]),
  capacity: 16,
});

function findChanges({ log, text }: { readonly log: string; readonly text: string }): readonly PastChange[] {
  const commits = log.split(/^commit [0-9a-f]+$/m).slice(1);
  const changes = commits.flatMap((commit, age) =>
    commit
      .split(/^@@ .*$/m)
      .slice(1)
      .flatMap((hunk) => blocksOf(hunk.split('\n').slice(1)).flatMap((block) => undone(text, block, age))),
  );
  const distinct = new Map(changes.map((change) => [JSON.stringify(change.edit), change]));
  return [...distinct.values()];
}

interface Block {
  readonly before: readonly string[];
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly after: readonly string[];
}

/** The runs of changed lines of a hunk, each with the new text's lines around it. */
function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let start = 0;
  while (start < lines.length) {
    if (!isChange(lines[start])) {
      start += 1;
      continue;
    }
    let end = start;
    while (isChange(lines[end])) end += 1;
    const run = lines.slice(start, end);
    blocks.push({
      before: contextOf(lines.slice(Math.max(0, start - CONTEXT), start)),
      removed: run.filter((line) => line.startsWith('-')).map(withoutSign),
      added: run.filter((line) => line.startsWith('+')).map(withoutSign),
      after: contextOf(lines.slice(end, end + CONTEXT)),
    });
    start = end;
  }
  return blocks;
}

function undone(text: string, { before, removed, added, after }: Block, age: number): readonly PastChange[] {
  const isSmall = removed.length + added.length <= MOST_LINES;
  if (!isSmall || ![...removed, ...added].some(isCode) || before.length + after.length < CONTEXT) return [];
  const found = [...before, ...added, ...after].map((line) => `${line}\n`).join('');
  const place = `\n${text}`.indexOf(`\n${found}`);
  if (place === -1 || `\n${text}`.includes(`\n${found}`, place + 1)) return [];
  const start = place + lengthOf(before);
  const replacement = removed.map((line) => `${line}\n`).join('');
  const edit = { start, end: start + lengthOf(added), replacement };
  return [{ operator: 'hunk', edit, age, removedLines: added, addedLines: removed }];
}

function isChange(line: string | undefined): boolean {
  return line !== undefined && /^[+-]/.test(line);
}

function contextOf(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith(' ')).map(withoutSign);
}

function withoutSign(line: string): string {
  return line.slice(1);
}

/** Neither blank nor a comment. */
export function isCode(line: string): boolean {
  return /^\s*(?!\/[/*])[^\s#]/.test(line);
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
