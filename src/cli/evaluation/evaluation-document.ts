import { resolveRate } from '../../domain/evaluation/resolve-rate.ts';
import type { EvaluationRow } from '../../domain/record/evaluation-rows.ts';
import type { Colors, Output } from '../text/output.ts';
import { formatNumber, NONE } from '../text/format-values.ts';
import { renderTable } from '../text/table.ts';

/** An evaluation in JSON output (docs/json-output.md). */
export interface EvaluationDocument {
  readonly evaluation: string;
  readonly library: string;
  readonly model: string;
  /** The run and the step that the weights are of. */
  readonly run: string | null;
  readonly step: number | null;
  readonly policyVersion: number | null;
  readonly tasks: number;
  readonly solved: number | null;
  readonly unsolved: number | null;
  readonly lost: number | null;
  readonly resolveRate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export function toEvaluationDocument(row: EvaluationRow): EvaluationDocument {
  const { evaluationId, libraryId, model, trainingRun, step, policyVersion, tasks, solved, unsolved, lost } = row;
  const found = solved === null || unsolved === null ? undefined : resolveRate({ solved, unsolved });
  return {
    ...{ evaluation: evaluationId, library: libraryId, model, run: trainingRun, step, policyVersion },
    ...{ tasks, solved, unsolved, lost },
    resolveRate: found?.rate ?? null,
    low: found?.low ?? null,
    high: found?.high ?? null,
    ...{ startedAt: row.startedAt, endedAt: row.endedAt },
  };
}

export function renderEvaluations(
  evaluations: readonly EvaluationDocument[],
  page: Pick<Output, 'columns'> & { readonly colors: Colors },
): string {
  return renderTable(
    [
      { title: 'evaluation', value: ({ evaluation }) => evaluation, cut: 1 },
      { title: 'model', value: ({ model }) => model, cut: 2 },
      { title: 'version', value: ({ policyVersion }) => String(policyVersion ?? NONE), align: 'right' },
      { title: 'library', value: ({ library }) => library.slice(0, 12) },
      { title: 'tasks', value: ({ tasks }) => String(tasks), align: 'right' },
      { title: 'solved', value: ({ solved }) => String(solved ?? NONE), align: 'right' },
      { title: 'lost', value: ({ lost }) => String(lost ?? NONE), align: 'right' },
      { title: 'resolve rate', value: rateOf, align: 'right' },
    ],
    evaluations,
    page,
  );
}

function rateOf({ resolveRate: rate, low, high }: EvaluationDocument): string {
  if (rate === null || low === null || high === null) return NONE;
  return `${formatNumber(rate)} (${formatNumber(low)} to ${formatNumber(high)})`;
}
