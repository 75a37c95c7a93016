import { countOf, formatNumber, formatReward, formatRewards, formatSeconds, NONE } from '../text/format-values.ts';
import type { Output } from '../text/output.ts';
import type { ReportedEpisode, RunReport, StrategyTotals } from './run-report.ts';
import { renderLost } from '../records/lost-reasons.ts';
import { renderTraining } from './training-report.ts';
import { renderTable, type Column } from '../text/table.ts';
import { oneLine } from '../text/visible-text.ts';

/** The table that a run ends with: its episodes, totals by strategy, the time it took. */
export function renderRunReport(report: RunReport, output: Pick<Output, 'columns' | 'colors'>): string {
  const { run, episodes, strategies, lost, seconds } = report;
  const bugs = episodes.filter(({ verdict, order }) => verdict === 'consistent' && order === 1);
  const second = episodes.filter(({ order }) => order === 2).length;
  const subjects = new Set(bugs.map(({ subject }) => subject)).size;
  return [
    renderTable(episodeColumns(report, output), episodes, output),
    '\n',
    renderTable(STRATEGY_COLUMNS, strategies, output),
    refusals(report),
    renderLost(report.lostReasons),
    '\n',
    `${output.colors.bold(run)}: ${countOf(episodes.length, 'episode')}, `,
    `${countOf(bugs.length, 'validated bug')} in ${countOf(subjects, 'subject')}, `,
    `${countOf(second, 'second-order bug')} played, ${lost} lost, in ${formatSeconds(seconds * 1000)}\n`,
    renderTraining(report.training),
  ].join('');
}

/** Why bugs were refused, a line each. */
function refusals({ run, episodes }: RunReport): string {
  const refused = episodes.filter(({ verdict }) => verdict === 'inconsistent');
  if (refused.length === 0) return '';
  const lines = refused.map(({ id, subject, check, detail }) => {
    const why = detail === null ? (check ?? 'inconsistent') : `${check ?? 'inconsistent'}: ${oneLine(detail)}`;
    return `  ${shortId(id, run)} (${subject}): ${why}\n`;
  });
  return `\nnot consistent\n${lines.join('')}`;
}

function shortId(id: string, run: string): string {
  return id.startsWith(`${run}/`) ? id.slice(run.length + 1) : id;
}

function episodeColumns({ run }: RunReport, { colors }: Pick<Output, 'colors'>): readonly Column<ReportedEpisode>[] {
  return [
    { title: 'episode', value: ({ id }) => shortId(id, run) },
    { title: 'subject', value: ({ subject }) => subject, cut: 2 },
    { title: 'strategy', value: ({ strategy }) => strategy },
    { title: 'order', value: ({ order }) => String(order), align: 'right' },
    {
      title: 'verdict',
      value: ({ verdict, check }) =>
        verdict === 'consistent' ? colors.green('consistent') : colors.red(check ?? 'inconsistent'),
      cut: 3,
    },
    { title: 'solve rate', value: ({ solveRate }) => orNone(solveRate, formatNumber), align: 'right' },
    { title: 'injector', value: ({ injectorReward }) => orNone(injectorReward, formatReward), align: 'right' },
    { title: 'solvers', value: ({ solverRewards }) => formatRewards(solverRewards) || NONE },
  ];
}

export const STRATEGY_COLUMNS: readonly Column<StrategyTotals>[] = [
  { title: 'strategy', value: ({ strategy }) => strategy },
  { title: 'injections', value: ({ episodes }) => String(episodes), align: 'right' },
  { title: 'consistent', value: ({ consistent }) => String(consistent), align: 'right' },
  { title: 'second order', value: ({ secondOrder }) => String(secondOrder), align: 'right' },
  { title: 'mean solve rate', value: ({ meanSolveRate }) => orNone(meanSolveRate, formatNumber), align: 'right' },
  {
    title: 'mean injector reward',
    value: ({ meanInjectorReward }) => orNone(meanInjectorReward, formatReward),
    align: 'right',
  },
];

function orNone(value: number | null, format: (value: number) => string): string {
  return value === null ? NONE : format(value);
}
