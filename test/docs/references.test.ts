import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Everything that people read, and nothing that programs made. */
const TEXTS = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) =>
    /\.(?:ts|mjs|cjs|js|py|sh|go|md|ya?ml|jsonc?|toml|env|example)$|^Dockerfile$|^scripts\/|^\.ci\//.test(file),
  )
  .filter((file) => !/package-lock\.json$|^test\/histories\//.test(file) && existsSync(path.join(ROOT, file)))
  .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

const PAGES = TEXTS.filter(({ file }) => file.endsWith('.md'));
const ANCHORS = new Map(PAGES.map(({ file, text }) => [file, anchorsOf(text)]));

/** The anchors of a page's headings, as code hosts make them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const withoutCode = text.replace(/^```[\s\S]*?^```/gm, '');
  const headings = [...withoutCode.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

function problemOf(page: string, anchor: string | undefined): string | undefined {
  if (!existsSync(path.join(ROOT, page))) return `${page} is not there`;
  if (anchor === undefined || statSync(path.join(ROOT, page)).isDirectory()) return undefined;
  return ANCHORS.get(page)?.has(anchor) === true ? undefined : `${page} has no heading #${anchor}`;
}

/** The references of these texts that lead nowhere. */
function broken(
  texts: typeof TEXTS,
  pattern: RegExp,
  target: (match: RegExpMatchArray, file: string) => { readonly page: string; readonly anchor?: string | undefined },
): readonly string[] {
  return texts.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const { page, anchor } = target(match, file);
      const problem = problemOf(page, anchor);
      return problem === undefined ? [] : [`${file}: ${problem}`];
    }),
  );
}

it('every citation of a page of docs/ leads to a page and a heading that are there', () => {
  const cited = /(?<![\w./-])(docs\/(?!decisions\/YYYY)[\w./-]+\.md)(?:#([\w-]+))?/g;
  expect(broken(TEXTS, cited, ([, page = '', anchor]) => ({ page, anchor }))).toEqual([]);
});

it('every link of a page leads to a file and a heading that are there', () => {
  const link = /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g;
  const resolve = ([, to = '', anchor]: RegExpMatchArray, file: string) => ({
    page: to === '' ? file : path.posix.join(path.posix.dirname(file), to),
    anchor,
  });
  expect(broken(PAGES, link, resolve)).toEqual([]);
});

it('every trial of the red team that cites the specification cites a heading of it', () => {
  const trials = TEXTS.filter(({ file }) => file.startsWith('test/red-team/'));
  const cited = /['"`;] ?#([a-z][a-z-]+)/g;
  expect(broken(trials, cited, ([, anchor]) => ({ page: 'docs/specification.md', anchor }))).toEqual([]);
});

it('every file of this project that is named with its folder is there', () => {
  const named =
    /(?<![\w./@-])((?:src|test|scripts|config|prompts|bench|corpus|compose|tools)\/(?!NAME|x\/x|pkg\/)[\w./-]+\.(?:ts|md|sh|mjs|cjs|py|json|jsonc|ya?ml|jsonl|toml|mod|txt))(?![\w*{])/g;
  // Tests hold trees of other projects in their texts, so of them comments alone are read; the page of the red team and the
  // corpus tell of such files.
  const project = TEXTS.filter(({ file }) => file !== 'docs/red-team.md' && !file.startsWith('corpus/')).map(
    ({ file, text }) => ({
      file,
      text: /^(?:test|bench)\//.test(file) && !file.endsWith('.md') ? commentsOf(text) : text,
    }),
  );
  expect(broken(project, named, ([, page = '']) => ({ page }))).toEqual([]);
});

it('what a page says a file holds is in that file', () => {
  const held = /`([A-Za-z_]+)`\s+(?:in\s+|\()`((?:src|test|scripts|bench)\/[\w/.-]+\.\w+)`/g;
  const found = PAGES.flatMap(({ file, text }) =>
    [...text.matchAll(held)].flatMap(([, name = '', holder = '']) =>
      TEXTS.some((one) => one.file === holder && new RegExp(`\\b${name}\\b`).test(one.text))
        ? []
        : [`${file}: ${name} is not in ${holder}`],
    ),
  );
  expect(found).toEqual([]);
});

function commentsOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => /^\s*(?:\/\/|\*|\/\*\*|#)/.test(line))
    .join('\n');
}

it('nothing cites what is not in the repository', () => {
  const elsewhere = /\b(?:SPEC|DESIGN|PEERS|SANDBOX|TRAINERS|TEMPORAL|STYLE|LAYOUT)\b/g;
  const found = TEXTS.filter(({ file }) => file !== 'test/docs/references.test.ts').flatMap(({ file, text }) =>
    [...text.matchAll(elsewhere)].map(([what]) => `${file}: ${what}`),
  );
  expect(found).toEqual([]);
});

it('checks are called by their names, never by numbers', () => {
  const numbered = /\b[Cc]hecks? \d+\b/g;
  const found = TEXTS.filter(({ file }) => file !== 'test/docs/references.test.ts').flatMap(({ file, text }) =>
    [...text.matchAll(numbered)].map(([what]) => `${file}: ${what}`),
  );
  expect(found).toEqual([]);
});

it('no text speaks of how the project is made', () => {
  const made = /\b(?:issues?|sessions?|tickets?|sprints?) #?\d+\b/gi;
  const found = TEXTS.filter(({ file }) => file !== 'test/docs/references.test.ts').flatMap(({ file, text }) =>
    [...text.matchAll(made)].map(([what]) => `${file}: ${what}`),
  );
  expect(found).toEqual([]);
});
