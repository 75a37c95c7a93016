import { mayNameSetUp, type RunnerConfiguration } from '../../domain/steering/runner-set-up.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { TreeListing } from './tree-listing.ts';
import { readTexts } from './tree-texts.ts';

/** Settings of runners and packages; larger files are not settings. */
export const SETTINGS_LIMIT_BYTES = 1024 * 1024;

/** A repository of packages has a few each; beyond this they are somebody's fixtures. */
const MAX_CONFIGURATIONS = 100;

/** Whatever configures the runner, nearest to the root first. */
export async function readConfigurations(sandbox: Sandbox, tree: TreeListing): Promise<readonly RunnerConfiguration[]> {
  const paths = [...tree].flatMap(([path, { type }]) => (type === 'f' && mayNameSetUp(path) ? [path] : []));
  const depth = (path: string) => path.split('/').length;
  const nearest = paths.sort((one, other) => depth(one) - depth(other)).slice(0, MAX_CONFIGURATIONS);
  const texts = await readTexts(sandbox, nearest, SETTINGS_LIMIT_BYTES);
  return [...texts].map(([path, text]) => ({ path, text }));
}
