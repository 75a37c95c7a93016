import { createHash } from 'node:crypto';

import type { BugArtifact } from '../../domain/artifact/bug-artifact.ts';
import type { ArtifactIdentity } from '../../domain/record/ledger-rows.ts';
import { SKETCH_SIZE } from '../../domain/checks/near-duplicate.ts';
import { changedShingles, normalDiff } from '../../domain/diff/normal-diff.ts';
import type { Subject } from '../../domain/subject/subject.ts';

/** What makes an artifact findable by its content and comparable with others; of one that cannot be read, nothing. */
export function identityOf({ source }: Subject, artifact: BugArtifact | undefined): ArtifactIdentity {
  if (artifact === undefined) return { contentId: null, bugHash: null, sketch: [] };
  const { testScript, testFiles, testParser, bugInject, testWeaken } = artifact;
  const bug = normalDiff(bugInject);
  const parts = [source, testScript, [...testFiles].sort(), testParser, bug, normalDiff(testWeaken)];
  return { contentId: hashOf(parts), bugHash: hashOf([source, bug]), sketch: sketchOf(bugInject) };
}

/** A second-order bug is its parent with a failed patch on top (docs/specification.md#higher-order-bugs). */
export function secondOrderIdentity(
  parent: Pick<ArtifactIdentity, 'contentId' | 'bugHash'>,
  failedPatch: string,
): ArtifactIdentity {
  const patch = normalDiff(failedPatch);
  return {
    contentId: parent.contentId === null ? null : hashOf([parent.contentId, patch]),
    bugHash: parent.bugHash === null ? null : hashOf([parent.bugHash, patch]),
    // Only bugs that an injector made are compared.
    sketch: [],
  };
}

function sketchOf(diff: string): readonly string[] {
  const hashes = changedShingles(diff).map((shingle) => sha256(shingle).slice(0, 12));
  return [...new Set(hashes)].sort().slice(0, SKETCH_SIZE);
}

function hashOf(parts: unknown): string {
  return sha256(JSON.stringify(parts));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
