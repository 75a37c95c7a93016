import { randomInt, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { inspectSubject, type SubjectInspection } from '../activities/subject/inspect-subject.ts';
import { createGradingActivities } from '../activities/grading/grading-activities.ts';
import { getJson, putJson } from '../activities/services/json-blobs.ts';
import type { Running } from '../activities/services/progress.ts';
import type { Services } from '../activities/services/services.ts';
import { withSandbox } from '../activities/services/sandbox-request.ts';
import { SOLVER_PATCH, type Submission } from '../activities/artifact/submission.ts';
import { createValidationActivities } from '../activities/validation/validation-activities.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Environment } from '../config/environment.ts';
import type { BlobRef } from '../domain/record/blob-ref.ts';
import { ARTIFACT_FILES } from '../domain/artifact/bug-artifact.ts';
import type { Figures } from '../domain/record/check-record.ts';
import { ImageNotFoundError, InvalidConfigError } from '../domain/failure/errors.ts';
import type { Grading } from '../domain/grading/grading.ts';
import { readFigures } from '../domain/record/read-figures.ts';
import type { CheckRow } from '../domain/record/ledger-rows.ts';
import type { Subject } from '../domain/subject/subject.ts';
import { createInMemoryStore } from '../store/in-memory-store.ts';
import type { Store } from '../store/store.ts';
import { validateArtifact } from '../workflows/validate-artifact.ts';
import type { SandboxChoice } from './choose-sandboxes.ts';
import { openServices } from './open-services.ts';

/** What needs no Temporal: the judgement of one artifact and one diff, through the very code that episodes use. */
export interface LocalServices {
  validate(request: ValidationRequest): Promise<LocalVerdict>;
  /** Validates the artifact first: a diff is graded on a consistent one only. */
  grade(request: ValidationRequest & PatchSource): Promise<LocalGrade>;
  /** Boots a subject as a rollout does, looks at it, and destroys the sandbox. */
  inspect(request: Pick<ValidationRequest, 'subject' | 'sandbox' | 'signal'>): Promise<LocalInspection>;
  close(): Promise<void>;
}

/** A source that is not there, or that this backend cannot boot, is an answer about the subject. */
export type LocalInspection =
  | { readonly booted: false; readonly problem: string }
  | {
      readonly booted: true;
      readonly backend: string;
      readonly bootMs: number;
      readonly inspection: SubjectInspection;
    };

export interface ValidationRequest {
  readonly subject: Subject;
  readonly artifactDirectory: string;
  readonly validation: Configuration['validation'];
  readonly sandbox: Configuration['sandbox'];
  /** How a repair is applied; strictly by default. */
  readonly grading?: Configuration['grading'];
  readonly signal: AbortSignal;
  readonly say: (what: string) => void;
}

/** A solver's diff: a file, or its content. */
export type PatchSource = { readonly patchFile: string } | { readonly patch: Uint8Array };

export interface LocalVerdict {
  readonly verdict: 'consistent' | 'inconsistent';
  readonly check: string | null;
  readonly detail: string;
  readonly artifactId: string;
  /** Of the code that judged. */
  readonly validatorVersion: string;
  /** Hash of the artifact's content; null where it cannot be read. */
  readonly contentId: string | null;
  readonly checks: readonly CheckRow[];
}

export interface LocalGrade {
  readonly verdict: 'solved' | 'unsolved' | 'inconsistent';
  /** The check that an inconsistent artifact failed. */
  readonly check: string | null;
  readonly detail: string;
  /** What the grade rests on; of an inconsistent artifact, what that check rests on. */
  readonly figures: Figures;
  readonly validatorVersion: string;
}

/** A verdict of one command owns no run; its sandboxes carry this in their labels. */
export const LOCAL_OWNER = { runId: 'local', episodeId: 'local' };

/** A store in memory, gone with the command: a judgement leaves nothing behind. */
export async function openLocalServices({
  environment,
  sandbox = 'auto',
  say = () => undefined,
}: {
  readonly environment: Environment;
  readonly sandbox?: SandboxChoice;
  readonly say?: (what: string) => void;
}): Promise<LocalServices> {
  const opened = await openServices({ environment, sandbox, say, store: createInMemoryStore });
  const { services, sandboxChoice } = opened;
  say(sandboxChoice);
  return {
    validate: async (request) => verdictOf(services.store, await validate(services, request)),
    grade: (request) => grade(services, request),
    inspect: (request) => inspect(services, request),
    close: () => opened.close(),
  };
}

/** Steps run as they are: progress is said to a person, cancellation comes from the command. */
function runningFor({ signal, say }: ValidationRequest): Running {
  return (step) => step({ signal, say });
}

async function validate(services: Services, request: ValidationRequest): Promise<string> {
  const { subject, validation, sandbox } = request;
  const artifactId = `local-${randomUUID()}`;
  const submission = await submissionOf(services.store, request.artifactDirectory);
  const steps = createValidationActivities(services, runningFor(request));
  // How the bug was made is not known, and nothing asks.
  const unknown = { strategy: 'direct', episode: null } as const;
  await validateArtifact(
    {
      owner: LOCAL_OWNER,
      artifactId,
      ...unknown,
      subject,
      submission,
      sandbox,
      validation,
      drawSeed: randomInt(2 ** 31),
    },
    steps,
  );
  return artifactId;
}

async function grade(services: Services, request: ValidationRequest & PatchSource): Promise<LocalGrade> {
  const { store } = services;
  const content = 'patch' in request ? request.patch : await readInput(request.patchFile, 'the patch');
  const patch = await store.blobs.put(content);
  const artifactId = await validate(services, request);
  const { verdict, check, detail, checks, validatorVersion } = await verdictOf(store, artifactId);
  if (verdict === 'inconsistent')
    return { verdict, check, detail, figures: figuresOf(checks, check), validatorVersion };
  const submission: Submission = { format: 'submission-1', files: { [SOLVER_PATCH]: patch } };
  const { subject, sandbox, grading = { lenient: 'none', equalRepairs: 'each' } } = request;
  const graded = await createGradingActivities(services, runningFor(request)).gradeAttempt({
    owner: LOCAL_OWNER,
    subject,
    artifactId,
    submission: await putJson(store.blobs, submission),
    drawSeed: randomInt(2 ** 31),
    sandbox,
    grading,
  });
  const figures = graded.report === null ? {} : (await getJson<Grading>(store.blobs, graded.report)).figures;
  return {
    verdict: graded.solved ? 'solved' : 'unsolved',
    check: null,
    detail: graded.reason,
    figures,
    validatorVersion: graded.validatorVersion,
  };
}

/** Written by `recordVerdict` a moment ago, in this process. */
function figuresOf(checks: readonly CheckRow[], check: string | null): Figures {
  return readFigures(checks.find((record) => record.check === check)?.figures ?? '{}');
}

async function inspect(
  services: Services,
  { subject, sandbox: config, signal }: Pick<ValidationRequest, 'subject' | 'sandbox' | 'signal'>,
): Promise<LocalInspection> {
  const startedMs = performance.now();
  try {
    return await withSandbox(services, { owner: LOCAL_OWNER, subject, config }, async (sandbox) => {
      const bootMs = performance.now() - startedMs;
      const { backend } = services.sandboxes;
      return { booted: true, backend, bootMs, inspection: await inspectSubject(sandbox, signal) };
    });
  } catch (error) {
    if (error instanceof ImageNotFoundError) return { booted: false, problem: error.message };
    throw error;
  }
}

async function verdictOf({ ledger }: Store, artifactId: string): Promise<LocalVerdict> {
  const artifact = await ledger.findArtifact(artifactId);
  if (artifact === undefined) throw new RangeError(`the verdict on ${artifactId} was not recorded`);
  const { validatorVersion, contentId } = artifact;
  const checks = await ledger.listChecks(artifactId);
  const judged = { artifactId, validatorVersion, contentId, checks };
  const failed = checks.find(({ verdict }) => verdict === 'failed');
  if (failed === undefined) return { verdict: 'consistent', check: null, detail: 'all checks passed', ...judged };
  return { verdict: 'inconsistent', check: failed.check, detail: failed.detail, ...judged };
}

/** The folder's files as an injector's submission; a missing one is the artifact's fault and artifact says so. */
async function submissionOf(store: Store, directory: string): Promise<BlobRef> {
  const files: Record<string, BlobRef> = {};
  for (const name of ARTIFACT_FILES) {
    const content = await readIfThere(join(resolve(directory), name), name);
    if (content !== undefined) files[name] = await store.blobs.put(content);
  }
  const submission: Submission = { format: 'submission-1', files };
  return putJson(store.blobs, submission);
}

/** A file that is there and cannot be read says nothing about the artifact. */
async function readIfThere(file: string, name: string): Promise<Uint8Array | undefined> {
  return existsSync(file) ? readInput(file, name) : undefined;
}

async function readInput(file: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new InvalidConfigError(
      `cannot read ${what} ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
