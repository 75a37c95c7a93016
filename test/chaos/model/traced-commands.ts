import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Takes a rollout and a turn; scripted commands begin with it. */
export const TRACE = 'trace-command';

/** Where a subject's environment lies in its sandbox. */
const INSIDE = '/opt/environment';

/**
 * Tells that a command has begun, twice: through a pipe that leads out of every sandbox that shows the folder itself (a
 * container has a copy), and in a file of the agent's home, which goes with snapshots, and which is printed. The inode and
 * birth of /tmp are another one in each sandbox.
 */
const THROUGH_PIPE = `printf '%s %s %s\\n' "$1" "$2" "$(stat -c '%i %w' /tmp)" >${INSIDE}/traces\n`;
const INTO_FILE = 'echo "$2" >>"$HOME/.trace" && echo trace: $(cat "$HOME/.trace")\n';

export interface TracedCommands {
  /** The environment of a subject whose commands are traced. */
  readonly environment: string;
  close(): Promise<void>;
}

/** Appends what commands tell to the file, as long as it is open. */
export function traceCommands(directory: string, file: string, leadsOut = true): TracedCommands {
  const environment = join(directory, 'environment');
  // A copy of a pipe leads nowhere, and whoever writes to it waits for ever.
  const pipe = join(leadsOut ? environment : directory, 'traces');
  const bin = join(environment, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, TRACE), `#!/bin/sh\n${leadsOut ? THROUGH_PIPE : ''}${INTO_FILE}`, { mode: 0o755 });
  execFileSync('mkfifo', [pipe]);
  chmodSync(pipe, 0o622);
  // Open for both, so that it neither waits for a writer nor ends with the last one.
  const reader = spawn('/bin/cat', {
    stdio: [openSync(pipe, constants.O_RDWR), openSync(file, 'w'), 'ignore'],
    env: {},
    cwd: '/',
  });
  return {
    environment,
    close: async () => {
      const ended = once(reader, 'exit');
      reader.kill('SIGKILL');
      await ended;
    },
  };
}
