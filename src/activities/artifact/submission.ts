import { basename } from 'node:path';

import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { ARTIFACT_FILES, type ArtifactFile } from '../../domain/artifact/bug-artifact.ts';
import { recountDiff } from '../../domain/diff/patch-leniency.ts';
import { readDiff } from '../../domain/diff/unified-diff.ts';
import type { Role } from '../../domain/record/ledger-rows.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Blobs } from '../../store/store.ts';
import { READING_PROBLEMS } from '../services/file-problems.ts';
import { putJson, getJson } from '../services/json-blobs.ts';

/** What a rollout submitted, read and stored the moment it was named (docs/specification.md#agent). */
export interface Submission {
  readonly format: 'submission-1';
  readonly files: Readonly<Record<string, BlobRef>>;
}

/** The largest file that a submission may hold; `readBugArtifact` has a tighter limit for each. */
const FILE_LIMIT_BYTES = 4 * 1024 * 1024;

export type SubmissionReading =
  { readonly accepted: true; readonly submission: BlobRef } | { readonly accepted: false; readonly problem: string };

/** A file as the agent named it, and where that is. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/**
 * Reads the files that the agent named: the injector the five of the artifact, the solver one diff.
 *
 * What is no diff is said here, while it can be mended; whether a diff is any good is for the checks and the grading.
 */
export async function readSubmission(
  blobs: Blobs,
  sandbox: Sandbox,
  { role, files: named }: { readonly role: Role; readonly files: readonly NamedFile[] },
): Promise<SubmissionReading> {
  const problem = namingProblem(role, named);
  if (problem !== undefined) return { accepted: false, problem };
  const files: Record<string, BlobRef> = {};
  for (const { name, path } of named) {
    const reading = await sandbox.read(path, { maxBytes: FILE_LIMIT_BYTES });
    if (!reading.found) return { accepted: false, problem: readingProblem(name, reading.problem) };
    const kept = role === 'solver' ? SOLVER_PATCH : basename(path);
    const wrong = kept.endsWith('.diff') ? diffProblem(Buffer.from(reading.content).toString()) : undefined;
    if (wrong !== undefined) return { accepted: false, problem: `${name} ${wrong}` };
    files[kept] = await blobs.put(reading.content);
  }
  const submission: Submission = { format: 'submission-1', files };
  return { accepted: true, submission: await putJson(blobs, submission) };
}

export const SOLVER_PATCH = 'patch.diff';

const ONE_A_LINE = 'name one absolute path a line';

function readingProblem(name: string, problem: keyof typeof READING_PROBLEMS): string {
  const form = problem === 'missing' ? `; ${ONE_A_LINE}` : '';
  return `cannot read ${name}: ${READING_PROBLEMS[problem]}${form}`;
}

function diffProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty; it must be a git diff';
  const strict = readDiff(text);
  // Counts that are wrong are mended where a run permits it, so they are not judged here.
  return strict.readable || readDiff(recountDiff(text)).readable ? undefined : `is not a git diff: ${strict.problem}`;
}

function namingProblem(role: Role, named: readonly NamedFile[]): string | undefined {
  const said = named.map(({ name }) => name).join(', ') || 'none';
  if (role === 'solver')
    return named.length === 1 ? undefined : `${ONE_A_LINE}, of exactly one file, a git diff; you named: ${said}`;
  const names = named.map(({ path }) => basename(path));
  const missing = ARTIFACT_FILES.filter((name) => !names.includes(name));
  if (missing.length === 0 && names.length === ARTIFACT_FILES.length) return undefined;
  const lacking = missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`;
  return `${ONE_A_LINE}, of exactly these five files: ${ARTIFACT_FILES.join(', ')}${lacking}; you named: ${said}`;
}

/** The artifact's files out of a stored submission. */
export async function artifactFilesOf(blobs: Blobs, ref: BlobRef): Promise<Partial<Record<ArtifactFile, Uint8Array>>> {
  const { files } = await getJson<Submission>(blobs, ref);
  const present = ARTIFACT_FILES.flatMap((name) => (files[name] === undefined ? [] : [[name, files[name]] as const]));
  return Object.fromEntries(
    await Promise.all(present.map(async ([name, file]) => [name, await blobs.get(file)] as const)),
  );
}

/** The solver's diff out of a stored submission. */
export function patchOf({ files }: Submission): BlobRef | undefined {
  return files[SOLVER_PATCH];
}
