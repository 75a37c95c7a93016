import { steadyName } from '../report/steady-text.ts';
import { possibleNames } from '../report/test-definition.ts';
import type { ChangedTestFile } from './validation-facts.ts';

/** Those of the tests that these files define; runners write the names of suites before a name, with what they like between. */
export function idsDefinedBy(files: readonly ChangedTestFile[], ids: readonly string[]): readonly string[] {
  const names = new Set(files.flatMap((file) => file.names.map(steadyName)));
  return ids.filter((id) => possibleNames(id).some((name) => names.has(name)));
}
