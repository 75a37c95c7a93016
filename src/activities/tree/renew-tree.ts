import { z } from 'zod';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { outputText } from '../services/command-output.ts';
import { runPython } from './run-python.ts';

/** As the one commit has it that the tree's history becomes; archives cannot hold what is older than 1980. */
const TIME_STAMP_SECONDS = Date.parse('2000-01-01T00:00:00Z') / 1000;

/** Measured: 6,000 files, or 160 MB in 1,600, take about a second of CPU. The rest is room for load and larger trees. */
const RENEW_TIMEOUT_MS = 300_000;
const ANSWER_CAP_BYTES = 64 * 1024;

const renewalFormat = z.object({ files: z.number(), removed: z.number(), kept: z.array(z.string()) });

/**
 * Writes a solver's tree anew, so that neither times nor inodes nor the order of entries tell which files the bug touched,
 * and takes away what was compiled and what test runners remember (docs/specification.md#solvers-tree). Returns what was
 * done, for the audit.
 */
export async function renewTree(sandbox: Sandbox, signal: AbortSignal): Promise<string> {
  const result = await runPython(sandbox, 'tree/renew_tree.py', {
    request: { root: sandbox.treeRoot, seconds: TIME_STAMP_SECONDS },
    timeoutMs: RENEW_TIMEOUT_MS,
    outputCapBytes: ANSWER_CAP_BYTES,
    signal,
  });
  signal.throwIfAborted();
  if (result.ending !== 'exited' || result.exitCode !== 0) {
    const said = outputText(result.stderr).trim().slice(-500);
    throw new SandboxUnavailableError(`the tree could not be written anew in sandbox ${sandbox.id}: ${said}`);
  }
  const { files, removed, kept } = renewalFormat.parse(JSON.parse(outputText(result.stdout)));
  const left = kept.length === 0 ? '' : `, not ${kept.slice(0, 3).join(', ')}`;
  return `${files} files written anew under one time stamp${left}, ${removed} caches left behind`;
}
