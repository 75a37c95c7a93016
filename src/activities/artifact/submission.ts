import { basename } from 'node:path';

import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { ARTIFACT_FILES, type ArtifactFile } from '../../domain/artifact/bug-artifact.ts';
import type { Role } from '../../domain/record/ledger-rows.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Blobs } from '../../store/store.ts';
import { putJson, getJson } from '../services/json-blobs.ts';

/** What a rollout submitted, read and stored the moment it was named (SPEC 2). */
export interface Submission {
  readonly format: 'submission-1';
  readonly files: Readonly<Record<string, BlobRef>>;
}

/** The largest file that a submission may hold; `readBugArtifact` has a tighter limit for each. */
const FILE_LIMIT_BYTES = 4 * 1024 * 1024;

export type SubmissionReading =
  | { readonly accepted: true; readonly submission: BlobRef; readonly names: readonly string[] }
  | { readonly accepted: false; readonly problem: string };

/** Reads the files that the agent named. The injector names the five of the artifact, the solver one diff. */
export async function readSubmission(
  blobs: Blobs,
  sandbox: Sandbox,
  { role, paths }: { readonly role: Role; readonly paths: readonly string[] },
): Promise<SubmissionReading> {
  const problem = namingProblem(role, paths);
  if (problem !== undefined) return { accepted: false, problem };
  const files: Record<string, BlobRef> = {};
  for (const path of paths) {
    const reading = await sandbox.read(path, { maxBytes: FILE_LIMIT_BYTES });
    if (!reading.found) return { accepted: false, problem: `cannot read ${path}: ${reading.problem}` };
    if (role === 'solver' && reading.content.length === 0)
      return { accepted: false, problem: `${path} is empty; submit a non-empty git diff` };
    files[role === 'solver' ? SOLVER_PATCH : basename(path)] = await blobs.put(reading.content);
  }
  const submission: Submission = { format: 'submission-1', files };
  return { accepted: true, submission: await putJson(blobs, submission), names: Object.keys(files) };
}

export const SOLVER_PATCH = 'patch.diff';

function namingProblem(role: Role, paths: readonly string[]): string | undefined {
  if (role === 'solver')
    return paths.length === 1 ? undefined : `name exactly one file, a git diff; you named ${paths.length}`;
  const names = paths.map((path) => basename(path));
  const missing = ARTIFACT_FILES.filter((name) => !names.includes(name));
  const extra = names.filter((name) => !ARTIFACT_FILES.some((file) => file === name));
  if (missing.length === 0 && extra.length === 0 && names.length === ARTIFACT_FILES.length) return undefined;
  return `name exactly these five files: ${ARTIFACT_FILES.join(', ')}; missing: ${missing.join(', ') || 'none'}; not asked for: ${extra.join(', ') || 'none'}`;
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
