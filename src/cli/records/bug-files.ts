import { ARTIFACT_FILES, type ArtifactFile } from '../../domain/artifact/bug-artifact.ts';
import type { ArtifactRow } from '../../domain/record/ledger-rows.ts';
import { changesOf, filesTouchedBy } from '../../domain/diff/unified-diff.ts';
import type { Blobs } from '../../store/store.ts';
import { readStored, readText, secondOrderFormat, submissionFormat } from './stored-formats.ts';

/** An artifact's files as text; a rejected one may lack some. */
export interface BugFiles {
  readonly files: Readonly<Partial<Record<ArtifactFile, string>>>;
  /** What a second-order bug adds to its parent's files. */
  readonly failedPatch: string | null;
}

export async function readBugFiles(blobs: Blobs, { order, content }: ArtifactRow): Promise<BugFiles> {
  const second = order === 2 ? await readStored(blobs, content, secondOrderFormat) : undefined;
  const submission = await readStored(blobs, second?.submission ?? content, submissionFormat);
  const present = ARTIFACT_FILES.flatMap((name) => {
    const ref = submission.files[name];
    return ref === undefined ? [] : [{ name, ref }];
  });
  const texts = await Promise.all(present.map(async ({ name, ref }) => [name, await readText(blobs, ref)] as const));
  return {
    files: Object.fromEntries(texts),
    failedPatch: second === undefined ? null : await readText(blobs, second.failedPatch),
  };
}

/** The files that the bug touches; none where its diff is missing or cannot be read. */
export function filesOfBug({ files }: BugFiles): readonly string[] {
  return filesTouchedBy(changesOf(files['bug_inject.diff']));
}
