import type { ArtifactRow } from '../../domain/record/ledger-rows.ts';
import { marksOf, type BugIdentity, type LibraryEntry } from '../../domain/checks/near-duplicate.ts';
import type { Ledger } from '../store.ts';
import { isChosen, isOfImage, selectArtifacts, writeArtifact, writeCheck } from './artifact-ledger.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { toArtifactRow, toLibraryEntry } from './row-mapping.ts';
import { requireSame } from './write-once.ts';

type LibraryLedger = Pick<Ledger, 'admitArtifact' | 'listLibrary' | 'listArtifactIds' | 'findArtifactByContent'>;

export function createLibraryLedger({ queries, write, locksRows }: LedgerDatabase): LibraryLedger {
  return {
    admitArtifact: ({ artifactId, subject, image, runId, content, ...bug }, decide) =>
      write(async (transaction) => {
        if (runId !== null && locksRows) await lockRun(transaction, runId);
        const kept = await findArtifact(transaction, artifactId);
        if (kept !== undefined) {
          requireSame(`artifact ${artifactId}`, { said: content, kept: kept.content });
          return kept;
        }
        const library = runId === null ? [] : await selectLibrary(transaction, { subject, image, runId, bug });
        const { artifact, checks } = decide(library);
        await writeArtifact(transaction, artifact);
        await markBug(transaction, artifact);
        for (const check of checks) await writeCheck(transaction, check);
        return artifact;
      }),

    listLibrary: async ({ artifactId, subject, image, runId, ...bug }) => {
      if (runId === null) return [];
      const library = await selectLibrary(queries, { subject, image, runId, bug, before: artifactId });
      return library.filter((entry) => entry.artifactId !== artifactId);
    },

    listArtifactIds: async ({ after, limit, ...filter }) => {
      let selected = queries.selectFrom('artifacts').select('artifactId').where(isChosen(filter)).orderBy('artifactId');
      if (after !== undefined) selected = selected.where('artifactId', '>', after);
      return (await selected.limit(limit).execute()).map(({ artifactId }) => artifactId);
    },

    findArtifactByContent: async (contentId) => {
      const artifact = await selectArtifacts(queries)
        .where('artifacts.contentId', '=', contentId)
        .orderBy('artifacts.recordedAt')
        .orderBy('artifacts.artifactId')
        .executeTakeFirst();
      return artifact && toArtifactRow(artifact);
    },
  };
}

/** Verdicts of one run wait for each other; what only refers to the run does not wait for them. */
async function lockRun(transaction: LedgerTransaction, runId: string): Promise<void> {
  await transaction.selectFrom('runs').select('runId').where('runId', '=', runId).forNoKeyUpdate().execute();
}

async function findArtifact(transaction: LedgerTransaction, artifactId: string): Promise<ArtifactRow | undefined> {
  const artifact = await selectArtifacts(transaction).where('artifacts.artifactId', '=', artifactId).executeTakeFirst();
  return artifact && toArtifactRow(artifact);
}

/** Only accepted bugs of first order are compared with others, and so only they have marks. */
async function markBug(transaction: LedgerTransaction, artifact: ArtifactRow): Promise<void> {
  const { artifactId, runId, order, consistent } = artifact;
  const marks = marksOf(artifact);
  if (runId === null || order !== 1 || !consistent || marks.length === 0) return;
  await transaction
    .insertInto('bugMarks')
    .values(marks.map((mark) => ({ runId, mark, artifactId })))
    .execute();
}

interface LibraryKey extends Pick<ArtifactRow, 'subject' | 'image'> {
  readonly runId: string;
  readonly bug: BugIdentity;
  readonly before?: string;
}

/** Accepted bugs that may be like this one, in the order in which they were accepted; with `before`, those before that one. */
async function selectLibrary(
  queries: Pick<LedgerTransaction, 'selectFrom'>,
  { subject, image, runId, bug, before }: LibraryKey,
): Promise<readonly LibraryEntry[]> {
  const marks = marksOf(bug);
  if (marks.length === 0) return [];
  const marked = queries
    .selectFrom('bugMarks')
    .select('artifactId')
    .where('runId', '=', runId)
    .where('mark', 'in', marks);
  let accepted = queries
    .selectFrom('artifacts')
    .select(['artifactId', 'treeHash', 'bugHash', 'sketch'])
    .where('artifactId', 'in', marked)
    .where(isOfImage({ subject, image }))
    .orderBy('recordedAt')
    .orderBy('artifactId');
  if (before !== undefined) {
    const own = queries.selectFrom('artifacts').select('recordedAt').where('artifactId', '=', before);
    accepted = accepted.where((eb) =>
      eb.or([eb('recordedAt', '<', own), eb.and([eb('recordedAt', '=', own), eb('artifactId', '<', before)])]),
    );
  }
  return (await accepted.execute()).map(toLibraryEntry);
}
