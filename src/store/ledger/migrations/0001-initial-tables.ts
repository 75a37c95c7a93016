import type { Kysely, Migration } from 'kysely';

// Numbers that may pass 2^31 or have a fraction are `double precision`: drivers of Postgres hand out its `bigint` as
// text, and integers up to 2^53 are exact in it.
export const initialTables: Migration = {
  async up(database) {
    await createRuns(database);
    await createEpisodes(database);
    await createRollouts(database);
    await createJournal(database);
    await createArtifacts(database);
    await createChecks(database);
    await createOutcomes(database);
  },
};

type Database = Kysely<unknown>;

async function createRuns({ schema }: Database): Promise<void> {
  await schema
    .createTable('runs')
    .addColumn('run_id', 'text', (column) => column.primaryKey())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('seed', 'double precision', (column) => column.notNull())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'text')
    .addColumn('outcome', 'text')
    .execute();
  await schema
    .createTable('injection_groups')
    .addColumn('group_id', 'text', (column) => column.primaryKey())
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
    .addColumn('index', 'integer', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('strategy', 'text', (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('settled_at', 'text')
    .addUniqueConstraint('injection_groups_by_index', ['run_id', 'index'])
    .execute();
}

async function createEpisodes({ schema }: Database): Promise<void> {
  await schema
    .createTable('episodes')
    .addColumn('episode_id', 'text', (column) => column.primaryKey())
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
    .addColumn('group_id', 'text', (column) => column.references('injection_groups.group_id'))
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('strategy', 'text', (column) => column.notNull())
    .addColumn('order', 'integer', (column) => column.notNull())
    .addColumn('parent_artifact_id', 'text')
    .addColumn('seed', 'double precision', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('verdict', 'text')
    .addColumn('check', 'text')
    .addColumn('artifact_id', 'text')
    .addColumn('solve_rate', 'double precision')
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'text')
    .execute();
  await schema.createIndex('episodes_by_run').on('episodes').columns(['run_id', 'started_at']).execute();
  await schema.createIndex('episodes_by_group').on('episodes').column('group_id').execute();
  await schema.createIndex('episodes_by_artifact').on('episodes').column('artifact_id').execute();
}

async function createRollouts({ schema }: Database): Promise<void> {
  await schema
    .createTable('rollouts')
    .addColumn('rollout_id', 'text', (column) => column.primaryKey())
    .addColumn('episode_id', 'text', (column) => column.notNull().references('episodes.episode_id'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('submission', 'text')
    .addColumn('trajectory', 'text')
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'text')
    .execute();
  await schema.createIndex('rollouts_by_episode').on('rollouts').column('episode_id').execute();
}

async function createJournal({ schema }: Database): Promise<void> {
  await schema
    .createTable('intents')
    .addColumn('rollout_id', 'text', (column) => column.notNull().references('rollouts.rollout_id'))
    .addColumn('turn', 'integer', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('intents_key', ['rollout_id', 'turn', 'epoch'])
    .execute();
  await schema
    .createTable('turns')
    .addColumn('rollout_id', 'text', (column) => column.notNull().references('rollouts.rollout_id'))
    .addColumn('turn', 'integer', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('reply', 'text', (column) => column.notNull())
    .addColumn('policy_version', 'integer', (column) => column.notNull())
    .addColumn('prompt_tokens', 'integer', (column) => column.notNull())
    .addColumn('completion_tokens', 'integer', (column) => column.notNull())
    .addColumn('cost_usd', 'double precision', (column) => column.notNull())
    .addColumn('replied_at', 'text', (column) => column.notNull())
    .addColumn('observation', 'text')
    .addColumn('activity', 'text')
    .addColumn('observed_at', 'text')
    .addColumn('snapshot', 'text')
    .addPrimaryKeyConstraint('turns_key', ['rollout_id', 'turn'])
    .execute();
}

async function createArtifacts({ schema }: Database): Promise<void> {
  await schema
    .createTable('artifacts')
    .addColumn('artifact_id', 'text', (column) => column.primaryKey())
    .addColumn('run_id', 'text', (column) => column.references('runs.run_id'))
    .addColumn('episode_id', 'text', (column) => column.references('episodes.episode_id'))
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('strategy', 'text', (column) => column.notNull())
    .addColumn('order', 'integer', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('tree_hash', 'text')
    .addColumn('consistent', 'integer', (column) => column.notNull())
    .addColumn('check', 'text')
    .addColumn('fail_to_pass', 'text', (column) => column.notNull())
    .addColumn('pass_to_pass', 'text', (column) => column.notNull())
    .addColumn('quarantined', 'text', (column) => column.notNull())
    .addColumn('files_changed', 'integer', (column) => column.notNull())
    .addColumn('lines_changed', 'integer', (column) => column.notNull())
    .addColumn('validator_version', 'text', (column) => column.notNull())
    .addColumn('recorded_at', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('artifacts_by_tree').on('artifacts').columns(['subject', 'tree_hash']).execute();
  await schema.createIndex('artifacts_by_run').on('artifacts').columns(['run_id', 'recorded_at']).execute();
}

async function createChecks({ schema }: Database): Promise<void> {
  await schema
    .createTable('checks')
    .addColumn('artifact_id', 'text', (column) => column.notNull().references('artifacts.artifact_id'))
    .addColumn('check', 'text', (column) => column.notNull())
    .addColumn('ordinal', 'integer', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('figures', 'text', (column) => column.notNull())
    .addColumn('duration_ms', 'double precision', (column) => column.notNull())
    .addColumn('logs', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('checks_key', ['artifact_id', 'check'])
    .execute();
}

async function createOutcomes({ schema }: Database): Promise<void> {
  await schema
    .createTable('attempts')
    .addColumn('attempt_id', 'text', (column) => column.primaryKey())
    .addColumn('episode_id', 'text', (column) => column.notNull().references('episodes.episode_id'))
    .addColumn('artifact_id', 'text', (column) => column.notNull().references('artifacts.artifact_id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('rollout_id', 'text', (column) => column.notNull().references('rollouts.rollout_id'))
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('patch', 'text')
    .addColumn('report', 'text')
    .execute();
  await schema.createIndex('attempts_by_episode').on('attempts').column('episode_id').execute();
  await schema
    .createTable('rewards')
    .addColumn('episode_id', 'text', (column) => column.notNull().references('episodes.episode_id'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('rollout_id', 'text', (column) => column.notNull().references('rollouts.rollout_id'))
    .addColumn('reward', 'double precision', (column) => column.notNull())
    .addColumn('advantage', 'double precision')
    .addColumn('policy_version', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('rewards_key', ['episode_id', 'role', 'attempt'])
    .execute();
  await schema.createIndex('rewards_by_rollout').on('rewards').column('rollout_id').execute();
  await schema
    .createTable('lineage')
    .addColumn('artifact_id', 'text', (column) => column.primaryKey().references('artifacts.artifact_id'))
    .addColumn('parent_artifact_id', 'text', (column) => column.notNull().references('artifacts.artifact_id'))
    .addColumn('parent_attempt_id', 'text', (column) => column.references('attempts.attempt_id'))
    .execute();
  await schema.createIndex('lineage_by_parent').on('lineage').column('parent_artifact_id').execute();
}
