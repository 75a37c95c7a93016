import { parseTree } from 'jsonc-parser';
import { isTable, mergeValues, type KeyedValues, type KeyOwner } from './keyed-values.ts';
import type { KeyMerge } from './keyed-values.ts';

/** Puts the keys of a package.json back that decide what runs as a test and which module an import finds. */
export function mergePackageJson(before: string, after: string): KeyMerge {
  const [old, changed] = [parsed(before), parsed(after)];
  if (old === undefined || changed === undefined) return { merged: false, problem: 'it is no JSON object' };
  if (hasDoubledKeys(after)) return { merged: false, problem: 'it holds a key twice' };
  const { values, keys } = mergeValues(old, changed, ownerOf);
  return { merged: true, text: `${JSON.stringify(values, null, 2)}\n`, keys };
}

function parsed(text: string): KeyedValues | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// Node takes the last of two equal keys, another reader may take the first.
function hasDoubledKeys(text: string): boolean {
  const keys = (parseTree(text)?.children ?? []).map((property): unknown => property.children?.[0]?.value);
  return new Set(keys).size !== keys.length;
}

const ownerOf: KeyOwner = ([key = '']) => (KEYS.has(key) || PATTERN.test(key) ? 'runner' : 'project');

const KEYS = new Set([
  // What runs
  'scripts',
  'bin',
  'config',
  'engines',
  'packageManager',
  'devEngines',
  'volta',
  'workspaces',
  // What an import finds
  'name',
  'type',
  'main',
  'module',
  'browser',
  'exports',
  'imports',
  'types',
  'typings',
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
  'bundleDependencies',
  'bundledDependencies',
  'overrides',
  'resolutions',
  'pnpm',
  'directories',
  'sideEffects',
]);

// Runners, and what compiles or covers the code that they run.
const PATTERN =
  /test|spec|mock|jest|mocha|jasmine|karma|cover|^(?:ava|tap|nyc|c8|uvu|xo|babel|swc|esbuild|tsx|ts-node|cypress|playwright|wdio|nx|turbo|wireit|husky|browserslist)$/i;
