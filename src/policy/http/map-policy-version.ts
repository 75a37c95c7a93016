import { findPublishedVersion } from '../../domain/training/publication.ts';

// Seven digits at most, so that the date in a hosted model's name (`name@20240620`) is not taken for a version.
const VERSION_SUFFIX = /(?:@(?:v|version[-_]?|step[-_]?)?|[-_/:](?:step|version)[-_])(\d{1,7})$/i;

/**
 * The number of the weights, from the first of these names that states one; 0 where none does.
 *
 * A name states a version as a plain number (`7`: a header, SGLang's `weight_version`) or as its end: `model@7`,
 * `model@v7`, `model@step-7`, `runs/a/step_7`, `model-version-7`. A bare `-v3` is part of a model's own name, but for the
 * names under which adapters are published (`policy-v7`).
 */
export function mapPolicyVersion(...names: readonly (string | null | undefined)[]): number {
  for (const name of names) {
    const published = findPublishedVersion(name ?? '');
    if (published !== undefined) return published;
    const version = /^\d{1,7}$/.test(name ?? '') ? name : VERSION_SUFFIX.exec(name ?? '')?.[1];
    if (version !== undefined && version !== null) return Number(version);
  }
  return 0;
}
