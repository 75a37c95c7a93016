import type { ArtifactRow } from '../../domain/record/ledger-rows.ts';
import type { LibraryEntry } from '../../domain/checks/near-duplicate.ts';
import type { Ledger } from '../store.ts';
import { isOfImage, selectArtifacts, writeArtifact, writeCheck } from './artifact-ledger.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { toArtifactRow, toLibraryEntry } from './row-mapping.ts';
import { requireSame } from './write-once.ts';

type LibraryLedger = Pick<Ledger, 'admitArtifact' | 'listLibrary' | 'listArtifacts' | 'findArtifactByContent'>;

export function createLibraryLedger({ queries, write, locksRows }: LedgerDatabase): LibraryLedger {
  return {
    admitArtifact: ({ artifactId, subject, image, runId, content }, decide) =>
      write(async (transaction) => {
        if (runId !== null && locksRows) await lockRun(transaction, runId);
        const kept = await findArtifact(transaction, artifactId);
        if (kept !== undefined) {
          requireSame(`artifact ${artifactId}`, { said: content, kept: kept.content });
          return kept;
        }
        const library = runId === null ? [] : await selectLibrary(transaction, { subject, image, runId });
        const { artifact, checks } = decide(library);
        await writeArtifact(transaction, artifact);
        for (const check of checks) await writeCheck(transaction, check);
        return artifact;
      }),

    listLibrary: async ({ artifactId, subject, image, runId }) => {
      if (runId === null) return [];
      const library = await selectLibrary(queries, { subject, image, runId, before: artifactId });
      return library.filter((entry) => entry.artifactId !== artifactId);
    },

    listArtifacts: async ({ runId, subject, consistent, after, limit }) => {
      let selected = selectArtifacts(queries).where('artifacts.order', '=', 1).orderBy('artifacts.artifactId');
      if (runId !== undefined) selected = selected.where('artifacts.runId', '=', runId);
      if (subject !== undefined) selected = selected.where('artifacts.subject', '=', subject);
      if (consistent === true) selected = selected.where('artifacts.consistent', '=', 1);
      if (after !== undefined) selected = selected.where('artifacts.artifactId', '>', after);
      if (limit !== undefined) selected = selected.limit(limit);
      return (await selected.execute()).map(toArtifactRow);
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

interface LibraryKey extends Pick<ArtifactRow, 'subject' | 'image'> {
  readonly runId: string;
  readonly before?: string;
}

/** Accepted bugs of first order, in the order in which they were accepted; with `before`, those before that one. */
async function selectLibrary(
  queries: Pick<LedgerTransaction, 'selectFrom'>,
  { subject, image, runId, before }: LibraryKey,
): Promise<readonly LibraryEntry[]> {
  let accepted = queries
    .selectFrom('artifacts')
    .select(['artifactId', 'treeHash', 'bugHash', 'sketch'])
    .where('runId', '=', runId)
    .where(isOfImage({ subject, image }))
    .where('consistent', '=', 1)
    .where('order', '=', 1)
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
