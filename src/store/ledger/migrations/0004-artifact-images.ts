import type { Migration } from 'kysely';

/** Which image an artifact is of, whatever name its subject goes by. Artifacts of older versions are told by the name. */
export const artifactImages: Migration = {
  async up({ schema }) {
    await schema.alterTable('artifacts').addColumn('image', 'text').execute();
  },
};
