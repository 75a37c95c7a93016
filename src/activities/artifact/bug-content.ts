import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { readBugArtifact, type BugArtifact } from '../../domain/artifact/bug-artifact.ts';
import { BlobMissingError } from '../../domain/failure/errors.ts';
import type { SabotageFacts } from '../../domain/checks/validation-facts.ts';
import { calibrate, type CleanCalibration } from '../../domain/grading/grading.ts';
import { twinsOf } from '../../domain/report/test-status.ts';
import type { Blobs, Store } from '../../store/store.ts';
import type { ArtifactRow } from '../../domain/record/ledger-rows.ts';
import { getJson, getText } from '../services/json-blobs.ts';
import { artifactFilesOf } from './submission.ts';
import type { NamedDiff } from '../tree/tree-state.ts';
import type { KeptFacts } from './kept-facts.ts';
import { bugOf, weakeningOf } from './named-diffs.ts';

/**
 * A second-order bug: its parent's submission, and the failed patch on top (docs/specification.md#higher-order-bugs).
 */
export interface SecondOrderContent {
  readonly format: 'second-order-bug-1';
  readonly submission: BlobRef;
  readonly failedPatch: BlobRef;
}

/** A bug of either order, ready to be built. */
export interface Bug {
  readonly row: ArtifactRow;
  readonly artifact: BugArtifact;
  /** What leads from the original to the tree that the solver gets. */
  readonly diffs: readonly NamedDiff[];
}

/** A bug with what its validation found out, for whoever judges by it. */
export interface CalibratedBug extends Bug {
  /** What grading is calibrated on. */
  readonly clean: CleanCalibration;
  /** Forms of ids that several tests of the clean state share. */
  readonly twins: ReadonlySet<string>;
  /** The longest clean run, in ms: the script's limit is made from it. */
  readonly cleanDurationMs: number;
  /** The oracle tests made to fail; undefined for an artifact of which that was never tried. */
  readonly sabotage: SabotageFacts | undefined;
}

export async function readCalibratedBug(store: Store, artifactId: string): Promise<CalibratedBug> {
  const bug = await readBug(store, artifactId);
  const { facts } = await getJson<KeptFacts>(store.blobs, bug.row.facts);
  const cleanRuns = facts.original?.runs ?? [];
  return {
    ...bug,
    clean: calibrate(cleanRuns, bug.row.quarantined),
    twins: twinsOf(cleanRuns),
    cleanDurationMs: Math.max(0, ...cleanRuns.map(({ durationMs }) => durationMs)),
    sabotage: facts.sabotage,
  };
}

/** Reads nothing of the validation, whose record grows with the tests: each slice of each solver asks for its bug. */
export async function readBug({ blobs, ledger }: Store, artifactId: string): Promise<Bug> {
  const row = await ledger.findArtifact(artifactId);
  if (row === undefined) throw new BlobMissingError(`the ledger holds no artifact ${artifactId}`);
  const content = row.order === 2 ? await getJson<SecondOrderContent>(blobs, row.content) : undefined;
  const artifact = await readArtifact(blobs, content?.submission ?? row.content);
  const diffs = [bugOf(artifact), weakeningOf(artifact)];
  if (content === undefined) return { row, artifact, diffs };
  const failedPatch = {
    name: 'the failed patch of the parent attempt',
    diff: await getText(blobs, content.failedPatch),
  };
  return { row, artifact, diffs: [...diffs, failedPatch] };
}

async function readArtifact(blobs: Blobs, submission: BlobRef): Promise<BugArtifact> {
  const reading = readBugArtifact(await artifactFilesOf(blobs, submission));
  if (!reading.wellFormed) throw new BlobMissingError(`an accepted artifact cannot be read again: ${reading.problem}`);
  return reading.artifact;
}
