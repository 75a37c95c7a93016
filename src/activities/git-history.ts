import type { Sandbox } from '../sandbox/sandbox.ts';
import { outputText } from './command-output.ts';
import { runTool } from './tree-state.ts';
const G = `git -c user.name=selfplay -c user.email=selfplay@localhost -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgsign=false`;
export async function commitBaseline(
  sandbox: Sandbox,
  { signal }: { signal: AbortSignal },
): Promise<{ committed: true } | { committed: false; problem: string }> {
  const r = await runTool(
    sandbox,
    ['bash', '-c', `set -e; [ -e .git ] || git init -q; git add -A; ${G} commit -q --allow-empty -m baseline`],
    { signal },
  );
  return r.exitCode === 0 ? { committed: true } : { committed: false, problem: outputText(r.stdout) };
}
export async function wipeHistory(
  sandbox: Sandbox,
  { signal }: { signal: AbortSignal },
): Promise<{ wiped: true } | { wiped: false; problem: string }> {
  const r = await runTool(
    sandbox,
    ['bash', '-c', `set -e; rm -rf .git; git init -q; git add -A; ${G} commit -q --allow-empty -m baseline`],
    { signal },
  );
  return r.exitCode === 0 ? { wiped: true } : { wiped: false, problem: outputText(r.stdout) };
}
