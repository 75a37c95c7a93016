import { createSetAside } from './passing-ids.ts';
import { quarantinedTests } from './quarantine.ts';
import { reportOf } from '../report/test-status.ts';
import type { OriginalFacts, ValidationConfig } from './validation-facts.ts';

/**
 * What the original tree says about its tests, those in quarantine left out; all lists sorted
 * (docs/specification.md#validation).
 */
export interface CleanState {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly quarantined: readonly string[];
}

/** Reads the clean state off its runs. In the `paper` profile, which runs it once, nothing is quarantined. */
export function cleanState(
  original: OriginalFacts,
  bugPaths: readonly string[],
  profile: ValidationConfig['profile'],
): CleanState {
  const [first] = original.runs;
  if (first === undefined) return { passed: [], failed: [], quarantined: [] };
  const quarantined =
    profile === 'strict'
      ? quarantinedTests({ cleanRuns: original.runs, bugPaths, treeFiles: original.tree.files })
      : [];
  const excluded = new Set(quarantined);
  const { passed, failed } = reportOf(first.reading);
  return {
    passed: passed.filter((id) => !excluded.has(id)),
    failed: failed.filter((id) => !excluded.has(id)),
    quarantined,
  };
}

/** Which ids count nowhere in any state, seen on the clean one or not. */
export function setAsideBy({ passed, failed, quarantined }: CleanState): (id: string) => boolean {
  return createSetAside({ quarantined, known: [...passed, ...failed] });
}
