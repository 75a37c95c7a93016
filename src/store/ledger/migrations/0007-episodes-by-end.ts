import type { Migration } from 'kysely';

/** For who watches a run: the episodes in flight and those that have just ended; and which one plays a recycled bug. */
export const episodesByEnd: Migration = {
  async up({ schema }) {
    await schema.createIndex('episodes_by_end').on('episodes').columns(['run_id', 'ended_at']).execute();
    await schema.createIndex('episodes_by_parent').on('episodes').column('parent_artifact_id').execute();
  },
};
