import { sql, type Kysely, type Migration } from 'kysely';

interface Marked {
  readonly bug_marks: { readonly run_id: string; readonly mark: string; readonly artifact_id: string };
}

/** By what accepted bugs that are like another one are found: they share a mark with it. */
export const bugMarks: Migration = {
  async up(database: Kysely<Marked>) {
    const { schema } = database;
    await schema
      .createTable('bug_marks')
      .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
      .addColumn('mark', 'text', (column) => column.notNull())
      .addColumn('artifact_id', 'text', (column) => column.notNull().references('artifacts.artifact_id'))
      .addPrimaryKeyConstraint('bug_marks_key', ['run_id', 'mark', 'artifact_id'])
      .execute();
    // Twins are looked for under whatever name their image goes by.
    await schema.createIndex('artifacts_by_tree_hash').on('artifacts').column('tree_hash').execute();
    await markAcceptedBugs(database);
  },
};

/** Their marks, of which a bug has 29 at most, are one statement: a database takes some thirty thousand parameters in one. */
const PAGE = 100;

interface AcceptedBug {
  readonly artifact_id: string;
  readonly run_id: string;
  readonly tree_hash: string | null;
  readonly bug_hash: string | null;
  readonly sketch: string;
}

async function markAcceptedBugs(database: Kysely<Marked>): Promise<void> {
  for (let after = ''; ;) {
    const { rows } = await sql<AcceptedBug>`
      select artifact_id, run_id, tree_hash, bug_hash, sketch from artifacts
      where consistent = 1 and "order" = 1 and run_id is not null and artifact_id > ${after}
      order by artifact_id limit ${PAGE}
    `.execute(database);
    const marks = rows.flatMap((bug) =>
      [...marksOf(bug)].map((mark) => ({ run_id: bug.run_id, mark, artifact_id: bug.artifact_id })),
    );
    if (marks.length > 0) await database.insertInto('bug_marks').values(marks).execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.artifact_id;
  }
}

/** As `src/domain/checks/near-duplicate.ts` had it when this migration was written. */
function marksOf({ tree_hash: tree, bug_hash: bug, sketch }: AcceptedBug): ReadonlySet<string> {
  const hashes = JSON.parse(sketch) as string[];
  const largestUnion = Math.min(128, Math.ceil(hashes.length / 0.8));
  const first = hashes.slice(0, Math.ceil(largestUnion * (1 - 0.8)) + 1);
  return new Set([...(tree === null ? [] : [`tree ${tree}`]), ...(bug === null ? [] : [`bug ${bug}`]), ...first]);
}
