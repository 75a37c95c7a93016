#!/usr/bin/env node
import { describeError, exitCodeOf } from './command/exit-codes.ts';
import { createInterrupts, type StopReason } from './command/interrupts.ts';
import { showVersions } from './show-versions.ts';
import { createOutput } from './text/output.ts';
import { hintingAtPath } from './text/path-hint.ts';

/** Connections and native threads that a command has let go of are given this long to end; then the process does. */
const LINGER_MS = 2_000;

const { interrupts, interrupt } = createInterrupts();
let listening = false;

/** A command that never asks for interrupts has nothing to clean up, and ends with the signal as any program does. */
function listen() {
  if (!listening) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly StopReason[]) {
      process.on(signal, () => {
        interrupt(signal);
        if (interrupts.hurry.aborted) setTimeout(() => process.exit(interrupts.exitCode()), LINGER_MS);
      });
    }
  }
  listening = true;
  return interrupts;
}

const onClosed = () => {
  interrupt('SIGPIPE');
};
const messages = createOutput(process.stderr, () => undefined);

const folderOfCommand = async () => (await import('../config/environment.ts')).folderOfCommand();

async function main(): Promise<number> {
  try {
    const output = createOutput(process.stdout, onClosed);
    const outputs = hintingAtPath({ output, messages }, folderOfCommand);
    const environment = async () => (await import('../config/environment.ts')).readEnvironment();
    const context = async () => {
      const read = await environment();
      const backends = await (await import('./real-backends.ts')).createBackends(read);
      return { ...outputs, input: () => process.stdin, environment: read, backends, interrupts: listen };
    };
    const parameters = process.argv.slice(2);
    // By far the most frequent question of scripts, and the options of all commands are no part of the answer.
    if (parameters.length === 1 && parameters[0] === '--version') return await showVersions({ output, environment });
    const { runCommandLine } = await import('./command-line.ts');
    return await runCommandLine(parameters, { ...outputs, environment, context });
  } catch (error) {
    messages.write(describeError(error, { debug: false }));
    return exitCodeOf(error);
  }
}

const exitCode = await main();
process.exitCode = exitCode;
setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
