import { scriptTimeLimitMs } from '../../domain/checks/consistency.ts';
import type { BugArtifact } from '../../domain/artifact/bug-artifact.ts';
import { seedFor } from '../../domain/draw/draw-seed.ts';
import type { ValidationFacts } from '../../domain/checks/validation-facts.ts';
import { twinsOf } from '../../domain/report/test-status.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { keptRemedies } from '../leaks/kept-remedies.ts';
import type { Remedy } from '../leaks/remedies.ts';
import type { Services } from '../services/services.ts';
import type { TestRunSetting } from '../test-run/run-tests.ts';
import { readTexts } from '../tree/tree-texts.ts';
import type { ValidationInput } from './validation-input.ts';

/** What a gathering brought: facts, and what parts of it took. */
export interface Collected {
  readonly facts: ValidationFacts;
  /** By part, for checks whose facts are one part of a gathering. */
  readonly durationsMs?: Readonly<Record<string, number>>;
  /** Parts of it are left for another time; facts hold what is known. */
  readonly unfinished?: true;
}

/** What every state of a validation has in common. */
export interface ValidationSetting {
  readonly artifact: BugArtifact;
  readonly setting: TestRunSetting & { readonly remedies: readonly Remedy[] };
  /** From the clean runs, once they are there. */
  readonly timeLimitMs: number;
}

export async function validationSetting(
  { store }: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  signal: AbortSignal,
): Promise<ValidationSetting> {
  if (!facts.artifact.wellFormed) throw new RangeError('facts are gathered only about a well-formed artifact');
  const { artifact } = facts.artifact;
  const { owner, subject, sandbox, submission } = input;
  const remedies = await keptRemedies(store.blobs, facts);
  const seed = seedFor(input, 'validation', submission);
  const cleanRuns = facts.original?.runs ?? [];
  const cleanDurations = cleanRuns.map(({ durationMs }) => durationMs);
  const twins = cleanRuns.length > 0 && { twins: twinsOf(cleanRuns) };
  return {
    artifact,
    setting: { owner, subject, sandbox, artifact, remedies, seed, signal, ...twins },
    timeLimitMs: scriptTimeLimitMs(Math.max(0, ...cleanDurations)),
  };
}

/** The texts of files that checks look into: bug files and listed tests are source files of sane size. */
const TEXT_LIMIT_BYTES = 2 * 1024 * 1024;

/** Texts of bug files and tests as facts hold them, by path. */
export async function textsOf(sandbox: Sandbox, paths: readonly string[]): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(await readTexts(sandbox, paths, TEXT_LIMIT_BYTES));
}

export function firstOf<Item>(items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined) throw new RangeError('a state is run at least once');
  return first;
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
