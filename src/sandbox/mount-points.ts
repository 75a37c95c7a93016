/** Where a sandbox of a directory shows the source tree. */
export const TREE_ROOT = '/repo';

/** Where it shows the tree's environment, read-only, whatever its place on the host. */
export const ENVIRONMENT_ROOT = '/opt/environment';

/** Where it shows what was compiled of the tree's dependencies, read-only. */
export const COMPILED_ROOT = '/opt/compiled';
