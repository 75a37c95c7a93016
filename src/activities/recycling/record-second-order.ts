import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { CheckFinding } from '../../domain/record/check-record.ts';
import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';
import { secondOrderTests, type SecondOrderCandidate } from '../../domain/grading/higher-order-bug.ts';
import type { ArtifactRow, CheckRow } from '../../domain/record/ledger-rows.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import type { Store } from '../../store/store.ts';
import type { CalibratedBug, SecondOrderContent } from '../artifact/bug-content.ts';
import { secondOrderIdentity } from '../artifact/bug-identity.ts';
import { putJson } from '../services/json-blobs.ts';
import type { Owner } from '../services/sandbox-request.ts';

/** A candidate that was tried, and what came of it. */
export interface TriedCandidate {
  readonly owner: Owner;
  readonly artifactId: string;
  readonly parent: CalibratedBug;
  readonly candidate: SecondOrderCandidate;
  /** What counts of its patch; undefined where nothing does. */
  readonly counting: string | undefined;
  /** Of its own tree; null where it was not built. */
  readonly treeHash: string | null;
  readonly runs: readonly TestRun[];
  readonly finding: CheckFinding;
  readonly durationMs: number;
}

/**
 * Writes a candidate with the record of its one check, accepted or refused: a person sees why, and its logs. The first
 * word about a candidate stays, for its runs may say something else the next time.
 */
export async function recordSecondOrder({ blobs, ledger }: Store, tried: TriedCandidate): Promise<ArtifactRow> {
  const { owner, artifactId, parent, candidate, finding, runs } = tried;
  const { content: submission } = parent.row;
  const patch = tried.counting ?? candidate.patch;
  const content: SecondOrderContent = {
    format: 'second-order-bug-1',
    submission,
    failedPatch: await blobs.put(Buffer.from(patch)),
  };
  const artifact: ArtifactRow = {
    ...parent.row,
    ...owner,
    artifactId,
    order: 2,
    content: await putJson(blobs, content),
    // A refused one stands in nobody's way.
    treeHash: finding.passed ? tried.treeHash : null,
    consistent: finding.passed,
    check: finding.passed ? null : 'second-order',
    ...secondOrderTests(parent.clean, runs),
    ...secondOrderIdentity(parent.row, patch),
    validatorVersion: VALIDATOR_VERSION,
    parentArtifactId: parent.row.artifactId,
    parentAttemptId: candidate.attemptId,
  };
  const logs = runs.map(({ log }) => log);
  return ledger.admitArtifact(artifact, () => ({ artifact, checks: [checkRow(tried, logs)] }));
}

function checkRow({ artifactId, finding, durationMs }: TriedCandidate, logs: readonly BlobRef[]): CheckRow {
  return {
    ...{ artifactId, check: 'second-order', ordinal: 0, detail: finding.detail, logs },
    verdict: finding.passed ? 'passed' : 'failed',
    figures: JSON.stringify(finding.figures),
    durationMs,
  };
}
