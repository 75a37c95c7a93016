import { randomInt } from 'node:crypto';

import { findKeptSubject } from '../../config/kept-subject.ts';
import { readRevalidationSelection, type RevalidationSelection } from '../../config/revalidation-input.ts';
import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';
import { InvalidInputError } from '../../domain/failure/errors.ts';
import type { Running } from '../services/progress.ts';
import type { VerdictInput } from '../validation/record-verdict.ts';
import type { Owner } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import type { TrainingInputs } from '../run/training-activities.ts';

/** The next artifacts of a selection, in the order of their ids. */
export interface RevalidationPage {
  readonly artifactIds: readonly string[];
  /** Those of the page that this version of the checks has judged already. */
  readonly skipped: number;
  /** Where the next page begins; null after the last one. */
  readonly after: string | null;
}

/** How an artifact is to be judged again, or why it cannot be. */
export type RevalidationPlan =
  | { readonly judgeable: true; readonly input: Omit<VerdictInput, 'facts'> }
  | { readonly judgeable: false; readonly reason: string };

/** Ids of one page: a workflow's history takes the work on a hundred artifacts with room to spare. */
const PAGE = 100;

/**
 * The bookkeeping of a revalidation (docs/specification.md#durability): what is to be judged again, and what could not
 * be.
 */
export function createRevalidationActivities(
  services: Services,
  inputs: Pick<TrainingInputs, 'readSubjects'>,
  running: Running,
) {
  const { ledger } = services.store;
  return {
    /** The first step of a revalidation. */
    openRevalidation: ({ input }: { readonly input: unknown }): Promise<RevalidationSelection> =>
      running(async () => {
        const selection = readRevalidationSelection(input);
        for (const id of selection.artifacts ?? []) await requireJudgeable(services, id);
        return selection;
      }),
    selectArtifacts: (request: {
      readonly selection: RevalidationSelection;
      readonly after: string | null;
    }): Promise<RevalidationPage> => running(() => selectArtifacts(services, request)),
    planRevalidation: (request: { readonly artifactId: string; readonly owner: Owner }): Promise<RevalidationPlan> =>
      running(() => planRevalidation(services, inputs, request)),
    /** Says that nothing is known about an artifact today, and why. */
    recordNotDone: ({
      revalidationId,
      artifactId,
      reason,
    }: {
      readonly revalidationId: string;
      readonly artifactId: string;
      readonly reason: string;
    }): Promise<void> =>
      running(() =>
        ledger.recordRevalidation({
          ...{ revalidationId, artifactId, validatorVersion: VALIDATOR_VERSION, verdict: 'not-done' },
          ...{ check: null, detail: reason, checks: null, facts: null, endedAt: new Date().toISOString() },
        }),
      ),
  };
}

export type RevalidationActivities = ReturnType<typeof createRevalidationActivities>;

async function requireJudgeable({ store: { ledger } }: Services, artifactId: string): Promise<void> {
  const artifact = await ledger.findArtifact(artifactId);
  if (artifact === undefined) throw new InvalidInputError(`artifacts: the ledger holds no artifact ${artifactId}`);
  if (artifact.order === 1) return;
  throw new InvalidInputError(
    `artifacts: ${artifactId} is of second order, and its checks are those of its parent ${artifact.parentArtifactId ?? ''}; name that`,
  );
}

async function selectArtifacts(
  services: Services,
  { selection, after }: { readonly selection: RevalidationSelection; readonly after: string | null },
): Promise<RevalidationPage> {
  const { ledger } = services.store;
  const ids = await listIds(services, selection, after);
  const artifactIds: string[] = [];
  for (const artifactId of ids) {
    const key = { artifactId, validatorVersion: VALIDATOR_VERSION };
    if (selection.again || (await ledger.findRevalidation(key)) === undefined) artifactIds.push(artifactId);
  }
  const last = ids.length < PAGE ? undefined : ids.at(-1);
  return { artifactIds, skipped: ids.length - artifactIds.length, after: last ?? null };
}

async function listIds(
  { store: { ledger } }: Services,
  { artifacts, run, subject, consistentOnly }: RevalidationSelection,
  after: string | null,
): Promise<readonly string[]> {
  if (artifacts !== undefined)
    return [...new Set(artifacts)]
      .sort()
      .filter((id) => after === null || id > after)
      .slice(0, PAGE);
  return ledger.listArtifactIds({
    limit: PAGE,
    ...(after === null ? {} : { after }),
    ...(run === undefined ? {} : { runId: run }),
    ...(subject === undefined ? {} : { subject }),
    ...(consistentOnly ? { consistent: true } : {}),
  });
}

async function planRevalidation(
  { store: { ledger } }: Services,
  { readSubjects }: Pick<TrainingInputs, 'readSubjects'>,
  { artifactId, owner }: { readonly artifactId: string; readonly owner: Owner },
): Promise<RevalidationPlan> {
  const artifact = await ledger.findArtifact(artifactId);
  if (artifact === undefined) return { judgeable: false, reason: 'the ledger does not hold it any more' };
  const { runId, subject: name, strategy, content: submission } = artifact;
  const run = runId === null ? undefined : await ledger.findRun(runId);
  if (run === undefined) return { judgeable: false, reason: `no run keeps the configuration of its subject ${name}` };
  const kept = findKeptSubject(run, name, readSubjects);
  if (!kept.found)
    return { judgeable: false, reason: `it is of the subject ${name} of run ${run.runId}${kept.problem}` };
  const { subject, config } = kept;
  const { sandbox, validation } = config;
  // Of its own, like a new episode's: what an artifact was judged under is no secret any more.
  const drawSeed = randomInt(2 ** 31);
  return {
    judgeable: true,
    input: { owner, artifactId, strategy, episode: null, subject, submission, sandbox, validation, drawSeed },
  };
}
