import { z } from 'zod';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { MAX_LOOKED_FOR, scriptLoads, type SeenLoad } from '../../domain/script/script-loads.ts';
import type { ShellScript } from '../../domain/script/shell-script.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { outputText } from '../services/command-output.ts';
import { runPython } from '../tree/run-python.ts';

/** Where nothing of an image lies: kernel interfaces, what everybody may write to, the tools of container sandboxes. */
const NOT_OF_THE_IMAGE = ['/proc', '/sys', '/dev', '/run', '/tmp', '/var/tmp', '/.selfplay'];

/** Of a processor. One walk over 130,000 files takes a second or two; what is not found after this is not held. */
const LOOKING_SECONDS = 45;
/** What the program needs beside its own limit, to start, to wait for a disk and to print. */
const GRACE_MS = 60_000;
/** A hundred numbers, or what Python says when it cannot start. */
const ANSWER_CAP_BYTES = 64 * 1024;

const heldFormat = z.array(z.int());

/**
 * What the script has loaded, as far as it is looked for, and whether it is part of the image; asked before the script
 * runs for the first time. The program ends by itself whatever the script names, so that an artifact's own list never
 * costs more than one walk over the image, and is never taken for a broken sandbox.
 */
export async function collectScriptLoads(
  sandbox: Sandbox,
  script: ShellScript,
  signal: AbortSignal,
): Promise<readonly SeenLoad[]> {
  // A name that needs a shell to be read is not looked for.
  const loads = scriptLoads(script)
    .filter(({ name }) => PLAIN_NAME.test(name))
    .slice(0, MAX_LOOKED_FOR);
  if (loads.length === 0) return [];
  const request = { treeRoot: sandbox.treeRoot, loads, skip: NOT_OF_THE_IMAGE, seconds: LOOKING_SECONDS };
  const timeoutMs = LOOKING_SECONDS * 1000 + GRACE_MS;
  const options = { request, timeoutMs, outputCapBytes: ANSWER_CAP_BYTES, signal };
  const result = await runPython(sandbox, 'validation/script_loads.py', options);
  signal.throwIfAborted();
  if (result.ending !== 'exited' || result.exitCode !== 0)
    throw new SandboxUnavailableError(
      `what the test script loads could not be looked for in sandbox ${sandbox.id}: ${outputText(result.stderr).slice(-500)}`,
    );
  const held = new Set(heldFormat.parse(JSON.parse(outputText(result.stdout))));
  return loads.map((load, number) => ({ ...load, held: held.has(number) }));
}

const PLAIN_NAME = /^[\w@./:+][\w@./:+-]{0,300}$/;
