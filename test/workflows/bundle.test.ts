import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';

const WORKFLOWS = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
const quiet = new DefaultLogger('ERROR');

let code: string;

beforeAll(async () => {
  ({ code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: quiet }));
});

/** The modules of the bundle as webpack names them. */
function modules(): readonly string[] {
  const names = [...code.matchAll(/^\/\*{3}\/ "([^"\n]+)"/gm)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(20);
  return names;
}

describe('the workflow bundle', () => {
  it('exports every workflow type by its name', async () => {
    const workflows: object = await import('../../src/workflows/index.ts');
    expect(Object.keys(workflows).sort()).toEqual([
      'agentRollout',
      'artifactRevalidation',
      'policyEvaluation',
      'selfPlayEpisode',
      'selfPlayTraining',
    ]);
    for (const [name, workflow] of Object.entries(workflows)) expect(workflow).toHaveProperty('name', name);
  });

  it.each(['zod', 'diff', 'jsonc-parser', 'yaml', 'pino', 'p-limit', 'kysely'])('holds nothing of %s', (library) => {
    expect(modules().filter((name) => name.includes(`node_modules/${library}/`))).toEqual([]);
  });

  it('asks for no module of Node, not even one that is left out', () => {
    const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    expect(modules().filter((name) => builtins.has(name) || name.includes('(ignored)'))).toEqual([]);
  });

  it('holds of this project only workflows and domain', () => {
    const own = modules().filter((name) => name.includes('src/') && !name.includes('node_modules'));
    expect(own.length).toBeGreaterThan(8);
    expect(own.filter((name) => !/src\/(?:workflows|domain)\//.test(name))).toEqual([]);
  });
});
