import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const PLANTED = {
  'tsconfig.json': '{"compilerOptions": {"allowImportingTsExtensions": true, "noEmit": true}}',
  'src/domain/diff/lower.ts': 'export const lower = 1;\n',
  'src/domain/checks/allowed.ts': "import { lower } from '../diff/lower.ts';\nexport const higher = lower;\n",
  'src/domain/checks/higher.ts': 'export type Higher = 1;\n',
  'src/domain/diff/against-the-order.ts':
    "import type { Higher } from '../checks/higher.ts';\nexport type A = Higher;\n",
  'src/domain/diff/circle-of-types.ts': "import type { B } from './other-half.ts';\nexport type A = B | 1;\n",
  'src/domain/diff/other-half.ts': "import type { A } from './circle-of-types.ts';\nexport type B = A | 2;\n",
  'src/domain/misc/unnamed-folder.ts': "import { lower } from '../diff/lower.ts';\nexport const b = lower;\n",
  'src/sandbox/docker/adapter.ts': 'export const adapter = 1;\n',
  'src/sandbox/shared.ts': "import { adapter } from './docker/adapter.ts';\nexport const shared = adapter;\n",
};

it(
  'refuses imports against the order of the folders, circles of types, and folders that have no place',
  { timeout: 60_000 },
  async () => {
    const tree = await mkdtemp(path.join(tmpdir(), 'selfplay-boundaries-'));
    try {
      for (const [file, text] of Object.entries(PLANTED)) {
        await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
        await writeFile(path.join(tree, file), text);
      }
      expect(await brokenIn(tree)).toEqual([
        'src/domain/diff/against-the-order.ts: domain/diff-knows',
        'src/domain/diff/circle-of-types.ts: no-circular',
        'src/domain/misc/unnamed-folder.ts: every-folder-has-its-place',
        'src/sandbox/shared.ts: shared-files-know-no-folder',
      ]);
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
  },
);

async function brokenIn(tree: string): Promise<readonly string[]> {
  const cruise = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = path.join(ROOT, '.dependency-cruiser.mjs');
  const { stdout } = await execa('node', [cruise, 'src', '--config', config, '--output-type', 'json'], {
    cwd: tree,
    reject: false,
  });
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[] };
  };
  return [...new Set(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`))].sort();
}
