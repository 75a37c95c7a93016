import { countOf } from '../text/format-values.ts';
import { oneLine } from '../text/visible-text.ts';
import type { EpisodeDocument } from './episode-document.ts';

/** A reason for which episodes were lost, in JSON output (docs/json-output.md). */
export interface LostReason {
  readonly reason: string;
  readonly episodes: number;
}

/** A machine or an image that fails takes many episodes with it, so they are told by reason: the most frequent first. */
export function lostReasons(
  episodes: readonly Pick<EpisodeDocument, 'id' | 'outcome' | 'problem'>[],
): readonly LostReason[] {
  const counts = new Map<string, number>();
  for (const { id, outcome, problem } of episodes) {
    if (outcome !== 'lost') continue;
    // Rollouts are named by their episode, which says nothing of the reason.
    const reason = (problem ?? 'nobody could say why').replaceAll(`${id}/`, '');
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ reason, episodes: count })).sort((a, b) => b.episodes - a.episodes);
}

/** A line for each reason; nothing where nothing was lost. */
export function renderLost(reasons: readonly LostReason[]): string {
  if (reasons.length === 0) return '';
  const lines = reasons.map(({ reason, episodes }) => `  ${countOf(episodes, 'episode')}: ${oneLine(reason)}\n`);
  return `\nlost\n${lines.join('')}`;
}
