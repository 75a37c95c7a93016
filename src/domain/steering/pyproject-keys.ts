import { parse, stringify, TomlError } from 'smol-toml';
import { isTable, mergeValues, type KeyedValues, type KeyOwner } from './keyed-values.ts';
import type { KeyMerge } from './keyed-values.ts';

/** Puts the test runners' tables of a pyproject.toml back, and what decides how the project is built and started. */
export function mergePyproject(before: string, after: string): KeyMerge {
  const [old, changed] = [parsed(before), parsed(after)];
  if (typeof old === 'string' || typeof changed === 'string') return { merged: false, problem: 'it is no TOML' };
  const { values, keys } = mergeValues(old, changed, ownerOf);
  // Integers come as bigint, so that 1.0 stays a float.
  return { merged: true, text: stringify(values, { numbersAsFloat: true }), keys };
}

function parsed(text: string): KeyedValues | string {
  try {
    const values: unknown = parse(text, { integersAsBigInt: true, unsafeKeyBehaviour: 'throw', maxDepth: 100 });
    return isTable(values) ? values : 'it is no table';
  } catch (error) {
    if (error instanceof TomlError || error instanceof RangeError) return error.message;
    throw error;
  }
}

const ownerOf: KeyOwner = ([table = '', key, ...deeper]) => {
  if (table === 'project') {
    if (key === undefined) return 'below';
    return deeper.length === 0 && PROJECT_KEYS.has(key) ? 'runner' : 'project';
  }
  if (table === 'tool') {
    if (key === undefined) return 'below';
    return deeper.length === 0 && TOOLS.test(key) ? 'runner' : 'project';
  }
  return WHOLE_TABLES.has(table) ? 'runner' : 'project';
};

const WHOLE_TABLES = new Set(['build-system', 'dependency-groups']);

const PROJECT_KEYS = new Set([
  'entry-points',
  'scripts',
  'gui-scripts',
  'dependencies',
  'optional-dependencies',
  'requires-python',
  'dynamic',
]);

// Runners and what they load, and the tools that start them in an environment of their own making.
const TOOLS =
  /test|spec|mock|^cov|coverage|^(?:nose2?|tox|nox|hatch|pdm|poetry|poe|taskipy|uv|rye|pixi|setuptools|scikit-build|maturin|cibuildwheel|hypothesis|ward|green|behave|inline-snapshot|trial)$/i;
