import { cutMiddle } from '../text/cut-middle.ts';
import { countOf, NONE } from '../text/format-values.ts';
import type { Colors } from '../text/output.ts';
import { checksAfter } from '../../domain/checks/checks.ts';
import { renderChecks, renderFigures } from './render-checks.ts';
import { renderRewardLine } from '../records/reward-arithmetic.ts';
import { fields, heading, indent } from '../text/sections.ts';
import type { Page } from '../text/page.ts';
import { renderStates, renderTestStates } from './render-test-states.ts';
import type { ShownBug, ShownRevalidation } from './show-documents.ts';
import { renderTable } from '../text/table.ts';
import { cut } from '../text/text-block.ts';
import { oneLine, visible } from '../text/visible-text.ts';

/** Tests shown of each class on a terminal; `--full` shows the rest. */
const SHOWN_TESTS = 10;

/** A bug as a person inspects it: what it is, its checks, its tests, its files, what it earned. */
export function renderBug(bug: ShownBug, page: Page): string {
  return [
    heading(`bug ${bug.id}`, page),
    fields(factsOf(bug, page.colors)),
    heading(bug.order === 2 && !hasOwnCheck(bug) ? 'checks of the parent bug' : 'checks', page),
    renderChecks(bug.checks, page),
    heading('figures', page),
    renderFigures(bug.checks, page),
    ...(bug.runs.length === 0 ? [] : [heading(`states${parentsOf(bug)}`, page), renderStates(bug.runs, page)]),
    ...(bug.states.length === 0
      ? []
      : [
          heading(`tests by state${parentsOf(bug)}`, page),
          renderTestStates({ tests: bug.states, states: bug.runs }, page, mostTests(page)),
        ]),
    heading('tests', page),
    renderTests('FAIL_TO_PASS', bug.tests.failToPass, page),
    renderTests('PASS_TO_PASS', bug.tests.passToPass, page),
    renderTests('quarantined', bug.tests.quarantined, page),
    ...(bug.attempts.length === 0 ? [] : [heading('attempts', page), renderAttempts(bug.attempts, page)]),
    ...renderSigns(bug, page),
    ...(bug.secondOrder.length === 0
      ? []
      : [heading('failed attempts as second-order bugs', page), renderSecondOrder(bug.secondOrder, page)]),
    ...(bug.rewards.length === 0 ? [] : [heading('rewards', page)]),
    ...bug.rewards.map((line) => `  ${renderRewardLine(line)}\n`),
    ...Object.entries(bug.files).map(([name, text]) => renderFile(name, text, page)),
    ...(bug.failedPatch === null ? [] : [renderFile('the failed patch of the parent attempt', bug.failedPatch, page)]),
  ].join('');
}

function hasOwnCheck({ checks }: ShownBug): boolean {
  return checks.some(({ check }) => check === 'second-order');
}

function parentsOf({ order }: ShownBug): string {
  return order === 2 ? ' of the parent bug' : '';
}

function mostTests({ full }: Page): number {
  return full ? Number.POSITIVE_INFINITY : SHOWN_TESTS;
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
    ['judged by', judgesOf(bug.validatorVersion)],
    ...bug.revalidations.map((one) => ['again', revalidationOf(one)] as const),
    ['episode', bug.episode ?? NONE],
    ['size', `${countOf(bug.linesChanged, 'line')} in ${countOf(bug.filesChanged, 'file')}`],
    ['content', bug.contentId ?? NONE],
    ...(parent === null ? [] : [['made from', `${parent} and the failed ${parentAttempt ?? 'attempt'}`] as const]),
    ...(children.length === 0 ? [] : [['made into', children.join(', ')] as const]),
  ];
}

function revalidationOf({ revalidation, verdict, check, validatorVersion, detail }: ShownRevalidation): string {
  const found = verdict === 'not-done' ? `not done: ${oneLine(detail)}` : (check ?? verdict);
  return `${found}, by version ${validatorVersion} (${revalidation})`;
}

function renderAttempts(attempts: ShownBug['attempts'], page: Page): string {
  return renderTable(
    [
      { title: 'attempt', value: ({ id }) => id, cut: 1 },
      { title: 'grade', value: ({ outcome }) => outcome },
      { title: 'version', value: ({ validatorVersion }) => validatorVersion ?? NONE },
      { title: 'reason', value: ({ reason }) => oneLine(reason), cut: 2 },
    ],
    attempts,
    page,
  );
}

/** Signs are what a person should look at: honest code has most of them too. */
function renderSigns({ signs, attempts }: ShownBug, page: Page): readonly string[] {
  const lines = [
    ...signs.map((sign) => ({ of: 'bug', sign })),
    ...attempts.flatMap(({ id, signs: own }) => own.map((sign) => ({ of: id, sign }))),
  ];
  if (lines.length === 0) return [];
  const shown = lines.slice(0, mostTests(page));
  const more = lines.length - shown.length;
  const table = renderTable(
    [
      { title: 'of', value: ({ of }) => of, cut: 1, keepsEnd: true },
      { title: 'sign', value: ({ sign }) => oneLine(sign), cut: 2, keepsEnd: true },
    ],
    shown,
    page,
  );
  const rest = more > 0 ? [`  and ${more} more; --full shows them\n`] : [];
  return [heading('signs of tampering, which decide nothing', page), table, ...rest];
}

function renderSecondOrder(tried: ShownBug['secondOrder'], page: Page): string {
  return renderTable(
    [
      { title: 'bug', value: ({ bug }) => bug, cut: 1, keepsEnd: true },
      { title: 'verdict', value: ({ verdict }) => verdict },
      { title: 'reason', value: ({ detail }) => (detail === '' ? NONE : oneLine(detail)), cut: 2 },
    ],
    tried,
    page,
  );
}

function renderTests(title: string, tests: readonly string[], page: Page): string {
  const most = mostTests(page);
  const more = tests.length - most;
  return [
    `  ${title}: ${tests.length}\n`,
    ...tests
      .slice(0, most)
      .map((test) => `    ${page.full ? oneLine(test) : cutMiddle(oneLine(test), page.columns() - 4)}\n`),
    ...(more > 0 ? [`    and ${more} more; --full shows them\n`] : []),
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

/** What came after its verdict says nothing about it; `revalidate` asks. */
function judgesOf(version: string): string {
  const later = checksAfter(version);
  return `checks of version ${version}${later.length === 0 ? '' : `, before there was ${later.join(', ')}`}`;
}
