import { sql, type Migration } from 'kysely';

/** What a run has used up, kept as it grows: asked before each episode, a sum over all its turns costs more every time. */
export const runUsage: Migration = {
  async up(database) {
    await database.schema
      .createTable('run_usage')
      .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('prompt_tokens', 'double precision', (column) => column.notNull())
      .addColumn('completion_tokens', 'double precision', (column) => column.notNull())
      .addColumn('cost_usd', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint('run_usage_key', ['run_id', 'role', 'attempt'])
      .execute();
    await sql`
      insert into run_usage (run_id, role, attempt, prompt_tokens, completion_tokens, cost_usd)
      select episodes.run_id, rollouts.role, rollouts.attempt,
        sum(turns.prompt_tokens), sum(turns.completion_tokens), sum(turns.cost_usd)
      from turns
      inner join rollouts on rollouts.rollout_id = turns.rollout_id
      inner join episodes on episodes.episode_id = rollouts.episode_id
      group by episodes.run_id, rollouts.role, rollouts.attempt
    `.execute(database);
  },
};
