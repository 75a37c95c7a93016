import { countOf, NONE } from '../text/format-values.ts';
import type { Colors, Output } from '../text/output.ts';
import type { RevalidatedDocument, RevalidationDocument, VerdictSummary } from './revalidation-document.ts';
import { renderTable } from '../text/table.ts';
import { oneLine } from '../text/visible-text.ts';

/** What changed and what could not be done, a row each; what stayed the same is counted. */
export function renderRevalidation(document: RevalidationDocument, page: Pick<Output, 'columns' | 'colors'>): string {
  const { artifacts, changed, same, notDone, validatorVersion, revalidation } = document;
  const telling = artifacts.filter(({ change }) => change !== 'same');
  const counts = `${countOf(same, 'verdict stays', 'verdicts stay')}, ${changed} changed, ${notDone} not done`;
  return [
    telling.length === 0 ? '' : renderRows(telling, page),
    `${revalidation}, checks of version ${validatorVersion}: ${counts}\n`,
  ].join('');
}

function renderRows(artifacts: readonly RevalidatedDocument[], page: Pick<Output, 'columns' | 'colors'>): string {
  return renderTable(
    [
      { title: 'bug', value: ({ id }) => id, cut: 1 },
      { title: 'subject', value: ({ subject }) => subject, cut: 2 },
      { title: 'change', value: ({ change }) => colorOf(change, page.colors)(change) },
      { title: 'before', value: ({ before }) => summary(before) },
      { title: 'today', value: ({ after }) => (after === null ? NONE : summary(after)) },
      { title: 'why', value: ({ detail }) => oneLine(detail), cut: 3 },
    ],
    artifacts,
    page,
  );
}

function summary({ verdict, check, validatorVersion }: VerdictSummary): string {
  return `${check ?? verdict} (${validatorVersion})`;
}

function colorOf(change: RevalidatedDocument['change'], colors: Colors): (text: string) => string {
  return change === 'changed' ? colors.red : colors.yellow;
}
