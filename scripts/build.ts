/**
 * Writes `dist/`: the command line and the workflows, each of our modules and of the packages below bundled into few files.
 * A command that reads the ledger would open some five hundred files without it, and half of its time would go into that.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, type BuildOptions } from 'esbuild';

/** Pure JavaScript in many files. What is native, or finds its own files by their place, stays a package. */
const BUNDLED = ['cli-table3', 'commander', 'diff', 'kysely', 'picocolors', 'smol-toml', 'string-width', 'yaml', 'zod'];

/** A command that still runs loads its files by their names, so those of earlier builds stay for a while. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.12',
  external: dependencies().filter((name) => !BUNDLED.includes(name)),
  // Temporal matches errors by the names of their classes.
  keepNames: true,
  logLevel: 'warning',
  // Of bundled packages, the CommonJS ones ask for Node's own modules with it.
  banner: {
    js: "import { createRequire as requireHere } from 'node:module';\nconst require = requireHere(import.meta.url);",
  },
};

// Before anything is read: a source that is saved while this compiles is newer than the mark (scripts/is-built).
const mark = join(dist, `.building-${process.pid}`);
mkdirSync(dist, { recursive: true });
writeFileSync(mark, '');
process.once('exit', () => {
  rmSync(mark, { force: true });
});

await build({
  ...shared,
  entryPoints: { 'cli/main': 'src/cli/main.ts' },
  outdir: dist,
  splitting: true,
  // As deep below the package as every source is that looks for files beside it.
  chunkNames: 'chunks/[name]-[hash]',
});
// Temporal's own bundler reads this one, for the sandbox that workflows run in.
await build({
  ...shared,
  banner: {},
  entryPoints: { 'workflows/index': 'src/workflows/index.ts' },
  outdir: dist,
});
removeOldChunks();
renameSync(mark, join(dist, '.built'));

function dependencies(): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'dependencies' in manifest) {
    const { dependencies: named } = manifest;
    if (typeof named === 'object' && named !== null) return Object.keys(named);
  }
  throw new TypeError('package.json names no dependencies');
}

function removeOldChunks(): void {
  const folder = join(dist, 'chunks');
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file);
  }
}
