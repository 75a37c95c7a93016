import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { build } from 'esbuild';
import { execa } from 'execa';

import { packageRoot } from '../../../src/config/package-root.ts';

/** What a worker under chaos is started from. */
export interface WorkerProgram {
  /** The command line as it is released. */
  readonly main: string;
  /** Is loaded before it. */
  readonly preload: string;
  readonly workflows: string;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Compiles the package as a release has it, and beside it what scales its time-outs. */
export async function buildWorker(): Promise<WorkerProgram> {
  await execa('sh', ['-c', 'scripts/is-built || npm run --silent build'], { cwd: packageRoot });
  // Inside the package, where its dependencies are found.
  const directory = join(packageRoot, 'dist', 'chaos');
  mkdirSync(directory, { recursive: true });
  const [preload, workflows] = [join(directory, 'scale-worker.mjs'), join(directory, 'workflows.js')];
  await build({
    ...{ entryPoints: [here('scale-worker.ts')], outfile: preload, format: 'esm', platform: 'node' },
    ...{ bundle: true, packages: 'external', logLevel: 'warning' },
  });
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(packageRoot, 'dist', 'workflows', 'index.js'),
    workflowInterceptorModules: [here('scaled-timeouts.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(workflows, code);
  return { main: join(packageRoot, 'dist', 'cli', 'main.js'), preload, workflows };
}
