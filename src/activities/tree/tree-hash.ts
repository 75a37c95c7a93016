import { randomUUID } from 'node:crypto';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { runHardenedGit, scriptOutput } from './hardened-git.ts';

/**
 * Git's hash of the tree as it stands, ignored files left out: installed packages would be read each time. Only the
 * equality of two hashes decides anything, and it refuses, so what is ignored hides nothing (docs/verdicts.md). A
 * repository of its own is used, so that configuration, hooks and filters of tree and image play no part and nothing of
 * the tree changes.
 */
const SCRIPT = `
outside_repository
o add -A . || lack "the tree cannot be added"
o write-tree || lack "the tree cannot be hashed"
`;

export async function treeHash(sandbox: Sandbox, signal: AbortSignal): Promise<string> {
  const result = await runHardenedGit(sandbox, SCRIPT, { commandId: randomUUID(), signal });
  signal.throwIfAborted();
  const output = scriptOutput(result);
  const hash = output.split('\n').at(-1) ?? '';
  if (result.exitCode === 0 && /^[0-9a-f]{40,64}$/.test(hash)) return hash;
  throw new SandboxUnavailableError(`git could not hash the tree in sandbox ${sandbox.id}: ${output.slice(-500)}`);
}
