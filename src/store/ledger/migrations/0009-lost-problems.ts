import type { Migration } from 'kysely';

/** Why an episode or a rollout was lost. */
export const lostProblems: Migration = {
  async up({ schema }) {
    await schema.alterTable('episodes').addColumn('problem', 'text').execute();
    await schema.alterTable('rollouts').addColumn('problem', 'text').execute();
  },
};
