import { commentBehind } from '../domain/comment-syntax.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { runTool } from './tree-state.ts';

/** Files of a bug are sources of sane size. */
const SOURCE_LIMIT_BYTES = 2 * 1024 * 1024;

/** Appends a comment to each of the files that is there; says which, and which are in no known language (check 9). */
export async function appendComments(
  sandbox: Sandbox,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly commented: readonly string[]; readonly notDone: readonly string[] }> {
  const commented: string[] = [];
  const notDone: string[] = [];
  for (const path of paths) {
    const target = `${sandbox.treeRoot}/${path}`;
    const reading = await sandbox.read(target, { maxBytes: SOURCE_LIMIT_BYTES });
    if (!reading.found && reading.problem === 'missing') continue;
    const text = reading.found ? Buffer.from(reading.content).toString('utf8') : '';
    const comment = reading.found ? commentBehind(path, text) : undefined;
    if (comment === undefined) {
      notDone.push(path);
      continue;
    }
    const start = text === '' || text.endsWith('\n') ? '' : '\n';
    const appended = await append(sandbox, target, `${start}${comment}\n`, signal);
    (appended ? commented : notDone).push(path);
  }
  return { commented, notDone };
}

// Appended to, not written anew, so that the file keeps its mode; one that its mode protects stays as it is.
async function append(sandbox: Sandbox, target: string, text: string, signal: AbortSignal): Promise<boolean> {
  const argv = ['sh', '-c', 'cat >> "$1"', 'append', target] as const;
  const result = await runTool(sandbox, argv, { stdin: Buffer.from(text), signal });
  return result.exitCode === 0;
}
