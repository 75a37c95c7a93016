import type { EpisodeDocument } from './episode-document.ts';
import { formatNumber, formatReward, formatRewards, NONE } from '../text/format-values.ts';
import type { Colors, Output } from '../text/output.ts';
import { renderTable, type Column } from '../text/table.ts';

export function renderEpisodeTable(
  episodes: readonly EpisodeDocument[],
  output: Pick<Output, 'columns' | 'colors'>,
): string {
  return renderTable(episodeColumns(output.colors), episodes, output);
}

function episodeColumns(colors: Colors): readonly Column<EpisodeDocument>[] {
  return [
    { title: 'episode', value: ({ id }) => id, cut: 1 },
    { title: 'subject', value: ({ subject }) => subject, cut: 2 },
    { title: 'strategy', value: ({ strategy }) => strategy },
    { title: 'order', value: ({ order }) => String(order), align: 'right' },
    { title: 'verdict', value: (episode) => verdictOf(episode, colors), cut: 3 },
    { title: 'solve rate', value: ({ solveRate }) => numberOrNone(solveRate), align: 'right' },
    { title: 'injector', value: ({ injectorReward }) => rewardOrNone(injectorReward), align: 'right' },
    { title: 'solvers', value: ({ solverRewards }) => formatRewards(solverRewards) || NONE },
  ];
}

/** Where the episode stands in a word or two: what decided, or what it is at. */
export function verdictOf({ outcome, verdict, check, phase }: EpisodeDocument, colors: Colors): string {
  if (outcome === null) return colors.cyan(`at ${phase}`);
  if (outcome !== 'rewarded') return colors.yellow(outcome);
  return verdict === 'consistent' ? colors.green('consistent') : colors.red(check ?? 'inconsistent');
}

function numberOrNone(value: number | null): string {
  return value === null ? NONE : formatNumber(value);
}

function rewardOrNone(value: number | null): string {
  return value === null ? NONE : formatReward(value);
}
