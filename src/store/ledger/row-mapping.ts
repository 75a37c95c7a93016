import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { LedgerConflictError } from '../../domain/failure/errors.ts';
import type {
  ArtifactRow,
  AttemptRow,
  CheckRow,
  ImageIndexRow,
  RepeatRow,
  RevalidatedRow,
  RevalidationRow,
  RolloutRow,
  TurnRow,
} from '../../domain/record/ledger-rows.ts';
import type { TrainingStepRow } from '../../domain/record/training-rows.ts';
import type { LibraryEntry } from '../../domain/checks/near-duplicate.ts';
import type { ArtifactColumns, CheckColumns, Columns, LineageRow } from './ledger-tables.ts';

export function toRolloutRow(columns: Columns<RolloutRow>): RolloutRow {
  return {
    ...columns,
    submission: toBlobRefOrNull(columns.submission),
    trajectory: toBlobRefOrNull(columns.trajectory),
  };
}

export function toImageIndexRow(columns: Columns<ImageIndexRow>): ImageIndexRow {
  return { ...columns, content: toBlobRef(columns.content) };
}

export function toTurnRow(columns: Columns<TurnRow>): TurnRow {
  return {
    ...columns,
    reply: toBlobRef(columns.reply),
    observation: toBlobRefOrNull(columns.observation),
    snapshot: toBlobRefOrNull(columns.snapshot),
  };
}

export function toRepeatRow(columns: Columns<RepeatRow>): RepeatRow {
  return { ...columns, observation: toBlobRefOrNull(columns.observation) };
}

export function toTrainingStepRow(columns: Columns<TrainingStepRow>): TrainingStepRow {
  return { ...columns, manifest: toBlobRefOrNull(columns.manifest) };
}

/** As it stands in a column of references. */
export function readReference(text: string): BlobRef {
  return toBlobRef(text);
}

export function toArtifactColumns(artifact: ArtifactRow): Omit<ArtifactColumns, 'recordedAt'> {
  const { parentArtifactId: _inLineage, parentAttemptId: _inLineageToo, ...columns } = artifact;
  return {
    ...columns,
    content: toReferenceText(artifact.content),
    facts: toReferenceText(artifact.facts),
    consistent: artifact.consistent ? 1 : 0,
    failToPass: JSON.stringify(artifact.failToPass),
    passToPass: JSON.stringify(artifact.passToPass),
    quarantined: JSON.stringify(artifact.quarantined),
    sketch: JSON.stringify(artifact.sketch),
  };
}

/** The lineage columns are null for a first-order artifact, which has no row there. */
export type ArtifactWithLineage = ArtifactColumns & {
  parentArtifactId: LineageRow['parentArtifactId'] | null;
  parentAttemptId: LineageRow['parentAttemptId'];
};

export function toArtifactRow({ recordedAt: _recordedAt, ...columns }: ArtifactWithLineage): ArtifactRow {
  return {
    ...columns,
    content: toBlobRef(columns.content),
    facts: toBlobRef(columns.facts),
    consistent: columns.consistent === 1,
    failToPass: toStrings(columns.failToPass),
    passToPass: toStrings(columns.passToPass),
    quarantined: toStrings(columns.quarantined),
    sketch: toStrings(columns.sketch),
  };
}

export function toLibraryEntry({
  sketch,
  ...columns
}: Pick<ArtifactColumns, 'artifactId' | 'treeHash' | 'bugHash' | 'sketch'>): LibraryEntry {
  return { ...columns, sketch: toStrings(sketch) };
}

export function toRevalidationColumns(revalidation: RevalidationRow): Columns<RevalidationRow> {
  return {
    ...revalidation,
    checks: toReferenceTextOrNull(revalidation.checks),
    facts: toReferenceTextOrNull(revalidation.facts),
  };
}

export function toRevalidationRow(columns: Columns<RevalidationRow>): RevalidationRow {
  return { ...columns, checks: toBlobRefOrNull(columns.checks), facts: toBlobRefOrNull(columns.facts) };
}

/** A revalidation with the verdict that its artifact was paid on. */
export type RevalidatedColumns = Columns<RevalidationRow> &
  Pick<ArtifactColumns, 'subject' | 'consistent'> & {
    readonly checkBefore: ArtifactColumns['check'];
    readonly versionBefore: ArtifactColumns['validatorVersion'];
  };

export function toRevalidatedRow(columns: RevalidatedColumns): RevalidatedRow {
  const { subject, consistent, checkBefore, versionBefore, ...revalidation } = columns;
  const before = { consistent: consistent === 1, check: checkBefore, validatorVersion: versionBefore };
  return {
    artifact: { artifactId: revalidation.artifactId, subject, ...before },
    revalidation: toRevalidationRow(revalidation),
  };
}

export function toCheckColumns(check: CheckRow): CheckColumns {
  return { ...check, logs: JSON.stringify(check.logs.map(({ sha256, bytes }) => ({ sha256, bytes }))) };
}

export function toCheckRow(columns: CheckColumns): CheckRow {
  return { ...columns, logs: readJson(columns.logs, isBlobRefs) };
}

export function toAttemptColumns(attempt: AttemptRow): Columns<AttemptRow> {
  return {
    ...attempt,
    patch: toReferenceTextOrNull(attempt.patch),
    report: toReferenceTextOrNull(attempt.report),
  };
}

export function toAttemptRow(columns: Columns<AttemptRow>): AttemptRow {
  return { ...columns, patch: toBlobRefOrNull(columns.patch), report: toBlobRefOrNull(columns.report) };
}

/** The fields are named one by one so that equal references are equal text, whatever the order of their keys. */
export function toReferenceText({ sha256, bytes }: BlobRef): string {
  return JSON.stringify({ sha256, bytes });
}

export function toReferenceTextOrNull(ref: BlobRef | null): string | null {
  return ref && toReferenceText(ref);
}

function toBlobRefOrNull(text: string | null): BlobRef | null {
  return text === null ? null : toBlobRef(text);
}

function toBlobRef(text: string): BlobRef {
  return readJson(text, isBlobRef);
}

function toStrings(text: string): readonly string[] {
  return readJson(text, isStrings);
}

function readJson<Value>(text: string, isValue: (value: unknown) => value is Value): Value {
  const value: unknown = JSON.parse(text);
  if (isValue(value)) return value;
  throw new LedgerConflictError(`The ledger holds ${text} where this version of the code would never write it.`);
}

function isBlobRef(value: unknown): value is BlobRef {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sha256' in value &&
    typeof value.sha256 === 'string' &&
    'bytes' in value &&
    typeof value.bytes === 'number'
  );
}

function isBlobRefs(value: unknown): value is readonly BlobRef[] {
  return Array.isArray(value) && value.every(isBlobRef);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
