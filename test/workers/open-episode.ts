import type { Ledger } from '../../src/store/store.ts';

/** Opens a run and an episode of it in the ledger, as their workflows do. */
export async function openEpisode(ledger: Ledger, episodeId: string): Promise<void> {
  const startedAt = '2026-01-02T03:04:05.678Z';
  const drawn = { subject: 'tiny', strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
  await ledger.openRun({ runId: 'run', config: '{}', seed: 1, startedAt });
  await ledger.openEpisode({ episodeId, runId: 'run', groupId: null, ...drawn, startedAt });
}
