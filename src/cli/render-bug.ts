import { countOf, formatSeconds, NONE } from './format-values.ts';
import type { Colors, Output } from './output.ts';
import { renderRewardLine } from './reward-arithmetic.ts';
import { fields, heading, indent } from './sections.ts';
import type { Page } from './page.ts';
import { renderTestStates } from './render-test-states.ts';
import type { CheckDocument, ShownBug } from './show-documents.ts';
import { renderTable } from './table.ts';
import { cut } from './text-block.ts';
import { visible } from './visible-text.ts';

/** Tests shown of each class on a terminal; `--full` shows the rest. */
const SHOWN_TESTS = 10;

/** A bug as a person inspects it: what it is, its checks, its tests, its files, what it earned. */
export function renderBug(bug: ShownBug, page: Page): string {
  const { colors, full } = page;
  const most = full ? Number.POSITIVE_INFINITY : SHOWN_TESTS;
  return [
    heading(`bug ${bug.id}`, page),
    fields(factsOf(bug, colors)),
    heading(bug.order === 2 ? 'checks of the parent bug' : 'checks', page),
    renderChecks(bug.checks, page),
    heading('tests', page),
    renderTests('FAIL_TO_PASS', bug.tests.failToPass, most),
    renderTests('PASS_TO_PASS', bug.tests.passToPass, most),
    renderTests('quarantined', bug.tests.quarantined, most),
    ...(bug.states.length === 0 ? [] : [heading('tests by state', page), renderTestStates(bug.states, page, most)]),
    ...(bug.rewards.length === 0 ? [] : [heading('rewards', page)]),
    ...bug.rewards.map((line) => `  ${renderRewardLine(line)}\n`),
    ...Object.entries(bug.files).map(([name, text]) => renderFile(name, text, page)),
    ...(bug.failedPatch === null ? [] : [renderFile('the failed patch of the parent attempt', bug.failedPatch, page)]),
  ].join('');
}

export function renderChecks(checks: readonly CheckDocument[], page: Pick<Output, 'columns' | 'colors'>): string {
  return renderTable(
    [
      { title: 'check', value: ({ check }) => check },
      { title: 'verdict', value: ({ verdict }) => colorOf(verdict, page.colors)(verdict) },
      {
        title: 'time',
        value: ({ verdict, seconds }) => (verdict === 'not-run' ? NONE : formatSeconds(seconds * 1000)),
        align: 'right',
      },
      { title: 'detail', value: ({ detail }) => oneLine(detail), cut: 1 },
      { title: 'figures', value: ({ figures }) => figuresOf(figures), cut: 2 },
    ],
    checks,
    page,
  );
}

function factsOf(bug: ShownBug, colors: Colors): readonly (readonly [string, string])[] {
  const { parent, parentAttempt, children } = bug.lineage;
  return [
    ['subject', bug.subject],
    ['strategy', bug.strategy],
    ['order', String(bug.order)],
    [
      'verdict',
      bug.verdict === 'consistent' ? colors.green('consistent') : colors.red(`inconsistent (${bug.check ?? '?'})`),
    ],
    ['episode', bug.episode ?? NONE],
    ['size', `${countOf(bug.linesChanged, 'line')} in ${countOf(bug.filesChanged, 'file')}`],
    ...(parent === null ? [] : [['made from', `${parent} and the failed ${parentAttempt ?? 'attempt'}`] as const]),
    ...(children.length === 0 ? [] : [['made into', children.join(', ')] as const]),
  ];
}

function renderTests(title: string, tests: readonly string[], most: number): string {
  const more = tests.length - most;
  return [
    `  ${title}: ${tests.length}\n`,
    ...tests.slice(0, most).map((test) => `    ${oneLine(test)}\n`),
    ...(more > 0 ? [`    and ${more} more\n`] : []),
  ].join('');
}

function renderFile(name: string, text: string, page: Page): string {
  const readable = cut(visible(text).replace(/\n$/, ''), page);
  const shown = /\.diff$|patch/.test(name) ? colorDiff(readable, page.colors) : readable;
  return `${heading(name, page)}${indent(shown, '  ')}\n`;
}

function colorDiff(diff: string, colors: Colors): string {
  return diff
    .split('\n')
    .map((line) => {
      if (/^(?:\+\+\+|---|diff |index )/.test(line)) return colors.bold(line);
      if (line.startsWith('@@')) return colors.cyan(line);
      if (line.startsWith('+')) return colors.green(line);
      return line.startsWith('-') ? colors.red(line) : line;
    })
    .join('\n');
}

function figuresOf(figures: CheckDocument['figures']): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? value.length : String(value)}`)
    .join(', ');
}

function colorOf(verdict: CheckDocument['verdict'], colors: Colors): (text: string) => string {
  if (verdict === 'passed') return colors.green;
  return verdict === 'failed' ? colors.red : colors.dim;
}

/** Details may quote what an agent wrote, line breaks and control characters included. */
function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim();
}
