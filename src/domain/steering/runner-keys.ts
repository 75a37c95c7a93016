import { mergeIniSections } from './ini-sections.ts';
import { mergePackageJson } from './package-json-keys.ts';
import { mergePyproject } from './pyproject-keys.ts';
import type { KeyMerge } from './keyed-values.ts';

/**
 * Puts the runner's keys of a file back by key (docs/specification.md#runner-steering): everything else is as the
 * prediction has it. The text is written anew from what was parsed, so that no runner can read a file in another way
 * than this project does. A file that does not parse, before or after, cannot be merged.
 */
export function mergeRunnerKeys(path: string, before: string, after: string): KeyMerge {
  const name = path.slice(path.lastIndexOf('/') + 1);
  switch (name) {
    case 'pyproject.toml':
      return mergePyproject(before, after);
    case 'package.json':
      return mergePackageJson(before, after);
    case 'setup.cfg':
      return mergeIniSections(before, after);
    default:
      return { merged: false, problem: `nothing is known about the keys of ${name}` };
  }
}
