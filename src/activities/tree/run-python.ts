import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from '../../config/package-root.ts';
import type { CommandResult, Sandbox } from '../../sandbox/sandbox.ts';

/** The tools of container sandboxes first: an image's own Python may be missing, old, or not what it says. */
const START = `
for python in /.selfplay/bin/python3 /usr/bin/python3; do
  [ ! -x "$python" ] || exec "$python" -I -S -c "$1"
done
exec python3 -I -S -c "$1"
`;

/** Runs one of our own Python programs in a sandbox as the agent's user, on a request in JSON; nothing of the image is loaded. */
export function runPython(
  sandbox: Sandbox,
  program: 'leaks/image_index.py' | 'leaks/replace_leaks.py' | 'tree/renew_tree.py' | 'validation/script_loads.py',
  options: {
    readonly request: unknown;
    readonly timeoutMs: number;
    readonly outputCapBytes: number;
    readonly signal: AbortSignal;
  },
): Promise<CommandResult> {
  const { request, timeoutMs, outputCapBytes, signal } = options;
  return sandbox.run(
    {
      id: randomUUID(),
      argv: ['sh', '-c', START, 'sh', readFileSync(programFile(program), 'utf8')],
      cwd: '/',
      env: { LD_PRELOAD: '', LD_LIBRARY_PATH: '' },
      stdin: Buffer.from(JSON.stringify(request)),
      timeoutMs,
      outputCapBytes,
      separateStderr: true,
    },
    { signal },
  );
}

/** The same file from `src` and from `dist`, where the compiler puts no Python. */
function programFile(name: string): string {
  return join(packageRoot, 'src/activities', name);
}
