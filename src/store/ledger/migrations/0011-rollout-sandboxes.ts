import type { Migration } from 'kysely';

/** In which sandbox the incarnation plays that has claimed a rollout. */
export const rolloutSandboxes: Migration = {
  async up({ schema }) {
    await schema.alterTable('rollouts').addColumn('sandbox', 'text').execute();
  },
};
