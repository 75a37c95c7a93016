import type { Evidence } from './evidence.ts';

/**
 * Episodes that came to nothing or are not known any more: begun and not ended, ended as lost, known to Temporal and not to the
 * ledger or the other way round, or with content that is gone.
 */
export function episodesLost({ ledger, executions, content, cancelledRuns }: Evidence): readonly string[] {
  const { episodes, runs, injection_groups: groups } = ledger;
  const rows = new Set(episodes.map(({ episode_id: id }) => id));
  const played = executions.filter(({ type }) => type === 'selfPlayEpisode');
  const known = new Set(played.map(({ workflowId }) => workflowId));
  const started = new Set(executions.flatMap(({ type, children }) => (type === 'selfPlayTraining' ? children : [])));
  return [
    ...runs.filter(({ outcome }) => outcome === null).map(({ run_id: id }) => `run ${id} has no end`),
    ...groups
      .filter(({ run_id: run, settled_at: settled }) => settled === null && !cancelledRuns.has(run))
      .map(({ group_id: id }) => `group ${id} is not settled`),
    ...episodes.flatMap(({ episode_id: id, run_id: run, outcome }) => {
      if (outcome === null) return [`episode ${id} has no end`];
      if (outcome === 'rewarded' || (outcome === 'cancelled' && cancelledRuns.has(run))) return [];
      return [`episode ${id} ended as ${outcome}`];
    }),
    ...[...rows].filter((id) => !known.has(id)).map((id) => `episode ${id} has no workflow`),
    ...[...known, ...started].filter((id) => !rows.has(id)).map((id) => `episode ${id} is not in the ledger`),
    ...played
      .filter(({ status }) => status === 'RUNNING')
      .map(({ workflowId }) => `the workflow of episode ${workflowId} has not ended`),
    ...content.missing.map((blob) => `blob ${blob} is gone`),
  ];
}
