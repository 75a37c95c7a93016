import { ARTIFACT_FILES } from '../../domain/artifact/bug-artifact.ts';
import { readBugLibrary } from '../../config/bug-library.ts';
import { InvalidConfigError, InvalidInputError } from '../../domain/failure/errors.ts';
import type { BugLibrary, FrozenBug, LibraryBug, LibraryManifest } from '../../domain/library/frozen-bug.ts';
import type { ArtifactRow } from '../../domain/record/ledger-rows.ts';
import type { Store } from '../../store/store.ts';
import type { KeptFacts } from '../artifact/kept-facts.ts';
import type { Submission } from '../artifact/submission.ts';
import { getJson, putJson } from '../services/json-blobs.ts';

/**
 * Puts a frozen library into the store, where every host finds its bugs: as artifacts of no run, under ids made of what
 * they are, so that a bug of two libraries lies there once. It may be said again.
 */
export async function importLibrary(store: Store, { id, bugs }: BugLibrary): Promise<void> {
  const known: LibraryBug[] = [];
  for (const bug of bugs) {
    const artifact = await toArtifact(store, bug);
    await store.ledger.admitArtifact(artifact, () => ({ artifact, checks: [] }));
    known.push({ id: bug.id, artifactId: artifact.artifactId, subject: bug.subject, strategy: bug.strategy });
  }
  const manifest: LibraryManifest = { format: 'library-manifest-1', id, bugs: known };
  const kept = { libraryId: id, manifest: await putJson(store.blobs, manifest), bugs: known.length };
  await store.ledger.recordLibrary({ ...kept, recordedAt: new Date().toISOString() });
}

/** Reads a library, a file of this host, into the store; from here on the file is not asked any more. */
export async function openFrozen(store: Store, file: string): Promise<BugLibrary> {
  const library = readRefusing(file);
  await importLibrary(store, library);
  return library;
}

function readRefusing(file: string): BugLibrary {
  try {
    return readBugLibrary(file);
  } catch (error) {
    if (error instanceof InvalidConfigError) throw new InvalidInputError(error.message);
    throw error;
  }
}

/** The bugs of a library that the store holds. */
export async function readLibrary({ ledger, blobs }: Store, libraryId: string): Promise<readonly LibraryBug[]> {
  const library = await ledger.findLibrary(libraryId);
  if (library === undefined) throw new InvalidInputError(`the ledger holds no library ${libraryId}`);
  return (await getJson<LibraryManifest>(blobs, library.manifest)).bugs;
}

async function toArtifact({ blobs }: Store, bug: FrozenBug): Promise<ArtifactRow> {
  const { id, subject, files, facts, solveRate: _solveRate, ...judged } = bug;
  const stored = await Promise.all(
    ARTIFACT_FILES.map(async (name) => [name, await blobs.put(Buffer.from(files[name]))] as const),
  );
  const submission: Submission = { format: 'submission-1', files: Object.fromEntries(stored) };
  const kept: KeptFacts = { format: 'validation-facts-1', facts, durationsMs: {} };
  return {
    ...judged,
    ...{ artifactId: `library/${id}`, runId: null, episodeId: null, subject: subject.name, order: 1, contentId: id },
    content: await putJson(blobs, submission),
    facts: await putJson(blobs, kept),
    ...{ consistent: true, check: null, parentArtifactId: null, parentAttemptId: null },
  };
}
