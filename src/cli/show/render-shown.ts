import { lostReasons, renderLost } from '../records/lost-reasons.ts';
import { renderBug } from './render-bug.ts';
import { renderEpisodeTable } from '../records/episode-table.ts';
import { formatNumber, formatTime, NONE } from '../text/format-values.ts';
import type { Page } from '../text/page.ts';
import { renderRollout } from './render-rollout.ts';
import { repeatFields } from '../records/repeat-summary.ts';
import { renderRewardLine } from '../records/reward-arithmetic.ts';
import { heading, fields } from '../text/sections.ts';
import { oneLine } from '../text/visible-text.ts';
import type { RunDocument, ShownDocument, ShownEpisode } from './show-documents.ts';
import { renderTable } from '../text/table.ts';

/** What `show` prints. */
export function renderShown(shown: ShownDocument, page: Page): string {
  switch (shown.kind) {
    case 'run':
      return renderRun(shown, page);
    case 'episode':
      return renderEpisode(shown, page);
    case 'bug':
      return renderBug(shown, page);
    case 'rollout':
      return renderRollout(shown, page);
  }
}

function renderRun(
  { id, outcome, seed, startedAt, endedAt, lostReplies, repeats, episodes }: RunDocument,
  page: Page,
): string {
  return [
    heading(`run ${id}`, page),
    fields([
      ['outcome', outcome ?? 'not ended'],
      ['seed', String(seed)],
      ['started', formatTime(startedAt)],
      ['ended', endedAt === null ? NONE : formatTime(endedAt)],
      ['replies lost', String(lostReplies)],
      ...repeatFields(repeats),
    ]),
    heading('episodes, newest first', page),
    renderEpisodeTable(episodes, page),
    renderLost(lostReasons(episodes)),
  ].join('');
}

function renderEpisode({ episode, parent, rollouts, attempts, rewards }: ShownEpisode, page: Page): string {
  return [
    heading(`episode ${episode.id}`, page),
    fields([
      ['subject', episode.subject],
      ['strategy', episode.strategy],
      ['order', String(episode.order)],
      ...(parent === null ? [] : [['second-order bug', parent] as const]),
      ['phase', episode.phase],
      ['outcome', episode.outcome ?? 'not ended'],
      ...(episode.problem === null ? [] : [['because', oneLine(episode.problem)] as const]),
      ['verdict', episode.verdict ?? NONE],
      ...(episode.check === null ? [] : [['decided by', episode.check] as const]),
      ['bug', episode.artifact ?? NONE],
      ['solve rate', episode.solveRate === null ? NONE : formatNumber(episode.solveRate)],
      ['started', formatTime(episode.startedAt)],
      ['ended', episode.endedAt === null ? NONE : formatTime(episode.endedAt)],
    ]),
    heading('rollouts', page),
    renderTable(
      [
        { title: 'rollout', value: ({ id }) => id, cut: 1 },
        { title: 'outcome', value: ({ outcome }) => outcome ?? 'at work' },
        { title: 'turns', value: ({ turns }) => String(turns), align: 'right' },
        { title: 'grade', value: ({ id }) => gradeOf(id, attempts) },
        { title: 'reason', value: ({ id }) => reasonOf(id, attempts), cut: 2 },
      ],
      rollouts,
      page,
    ),
    ...(rewards.length === 0 ? [] : [heading('rewards', page)]),
    ...rewards.map((line) => `  ${renderRewardLine(line)}\n`),
  ].join('');
}

function reasonOf(rollout: string, attempts: ShownEpisode['attempts']): string {
  return oneLine(attempts.find((attempt) => attempt.rollout === rollout)?.reason ?? '');
}

function gradeOf(rollout: string, attempts: ShownEpisode['attempts']): string {
  return attempts.find((attempt) => attempt.rollout === rollout)?.outcome ?? NONE;
}
