import type { Evidence } from './evidence.ts';
import { repeated } from './grouped.ts';

/** Episodes that were played more than once: under one id, on one draw of their run, or on one recycled bug. */
export function episodesDoubled({ ledger, executions }: Evidence): readonly string[] {
  const lives = executions.filter(({ type, status }) => type === 'selfPlayEpisode' && status !== 'CONTINUED_AS_NEW');
  const starts = executions.flatMap(({ type, children }) => (type === 'selfPlayTraining' ? children : []));
  const { episodes } = ledger;
  const secondOrder = episodes.filter(({ parent_artifact_id: parent }) => parent !== null);
  return [
    ...repeated(episodes, (row) => row.episode_id).map((id) => `episode ${id} has several rows`),
    ...repeated(episodes, ({ run_id: run, seed }) => `${run} with seed ${seed}`).map(
      (draw) => `several episodes are played on one draw: run ${draw}`,
    ),
    ...repeated(secondOrder, ({ parent_artifact_id: parent }) => parent ?? '').map(
      (bug) => `bug ${bug} is played more than once`,
    ),
    ...repeated(lives, ({ workflowId }) => workflowId).map((id) => `episode ${id} was run more than once`),
    ...repeated(starts, (id) => id).map((id) => `episode ${id} was started more than once`),
  ];
}
