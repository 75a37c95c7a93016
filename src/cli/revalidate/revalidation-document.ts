import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';
import type { RevalidatedRow } from '../../domain/record/ledger-rows.ts';
import type { Store } from '../../store/store.ts';

/** What `revalidate --json` writes. */
export interface RevalidationDocument {
  readonly revalidation: string;
  readonly validatorVersion: string;
  readonly changed: number;
  readonly same: number;
  readonly notDone: number;
  /** Every chosen artifact about which this version of the checks has said something. */
  readonly artifacts: readonly RevalidatedDocument[];
}

export interface RevalidatedDocument {
  readonly id: string;
  readonly subject: string;
  readonly change: 'changed' | 'same' | 'not-done';
  readonly before: VerdictSummary;
  /** Null where nothing could be found out. */
  readonly after: VerdictSummary | null;
  /** What the deciding check found today, or why nothing was done. */
  readonly detail: string;
  /** The revalidation that found it: this one, or an earlier one by the same version. */
  readonly revalidation: string;
}

export interface VerdictSummary {
  readonly verdict: 'consistent' | 'inconsistent';
  readonly check: string | null;
  readonly validatorVersion: string;
}

/** Which artifacts were chosen. */
interface Choice {
  readonly artifacts?: readonly string[];
  readonly run?: string;
  readonly subject?: string;
  readonly consistentOnly: boolean;
}

/** Reads what this revalidation, and earlier ones of the same version, say about the chosen artifacts. */
export async function readRevalidation(
  { ledger }: Pick<Store, 'ledger'>,
  choice: Choice,
  revalidation: string,
): Promise<RevalidationDocument> {
  const latest = new Map<string, RevalidatedRow>();
  for (const row of await listChosen({ ledger }, choice)) {
    const { verdict, revalidationId, artifactId } = row.revalidation;
    if (verdict !== 'not-done' || revalidationId === revalidation) latest.set(artifactId, row);
  }
  const artifacts = [...latest.values()].map(toRevalidated);
  const count = (change: RevalidatedDocument['change']) => artifacts.filter((one) => one.change === change).length;
  return {
    revalidation,
    validatorVersion: VALIDATOR_VERSION,
    changed: count('changed'),
    same: count('same'),
    notDone: count('not-done'),
    artifacts,
  };
}

async function listChosen(
  { ledger }: Pick<Store, 'ledger'>,
  { artifacts, run, subject, consistentOnly }: Choice,
): Promise<readonly RevalidatedRow[]> {
  return ledger.listRevalidated({
    validatorVersion: VALIDATOR_VERSION,
    ...(artifacts === undefined ? {} : { artifactIds: artifacts }),
    ...(run === undefined ? {} : { runId: run }),
    ...(subject === undefined ? {} : { subject }),
    ...(consistentOnly ? { consistent: true } : {}),
  });
}

function toRevalidated({ artifact, revalidation: row }: RevalidatedRow): RevalidatedDocument {
  const { artifactId: id, subject, consistent, check, validatorVersion } = artifact;
  const before = { verdict: consistent ? 'consistent' : 'inconsistent', check, validatorVersion } as const;
  const found = { id, subject, before, detail: row.detail, revalidation: row.revalidationId };
  if (row.verdict === 'not-done') return { ...found, change: 'not-done', after: null };
  const after = { verdict: row.verdict, check: row.check, validatorVersion: row.validatorVersion };
  const same = after.verdict === before.verdict && after.check === before.check;
  return { ...found, change: same ? 'same' : 'changed', after };
}

/** What became of it; an exit code of its own where it was not followed to its end. */
export interface RevalidationEnd {
  readonly revalidationId: string;
  readonly exitCode: number | undefined;
}
