import { changesOf, restrictDiff, type FileChange } from '../../domain/diff/unified-diff.ts';
import type { FileReversion, ValidationFacts } from '../../domain/checks/validation-facts.ts';
import type { Services } from '../services/services.ts';
import { tryState } from '../test-run/run-state.ts';
import type { NamedDiff } from '../tree/tree-state.ts';
import type { ValidationSetting } from './validation-setting.ts';

/** Files of the bug that were not put back alone yet. */
export function filesToPutBack(facts: ValidationFacts, { artifact }: ValidationSetting): readonly FileChange[] {
  const tried = new Set((facts.inverse?.reversions ?? []).map(({ path }) => path));
  return changesOf(artifact.bugInject).filter(({ path }) => !tried.has(path));
}

/** The full bug with one of its files put back, and the tests as they were. */
export async function collectReversion(
  services: Services,
  facts: ValidationFacts,
  { artifact, setting, timeLimitMs }: ValidationSetting,
  { path, oldPath }: FileChange,
): Promise<FileReversion> {
  const rest = restrictDiff(artifact.bugInject, (file) => file !== path && file !== oldPath);
  const clean = facts.leaks?.run ?? facts.original?.runs[0];
  // A bug of one file, put back, is the original tree, which has been run.
  if (rest === '' && clean !== undefined) return { path, run: clean };
  const diffs: readonly NamedDiff[] = [{ name: `bug_inject.diff without ${path}`, diff: rest }];
  const run = await tryState(services, { ...setting, state: `without ${path}`, diffs, timeLimitMs, repeat: 0 });
  return run.ending === 'run'
    ? { path, run: run.observed.run }
    : { path, problem: run.ending === 'not-built' ? run.problem : 'there was nothing to run' };
}
