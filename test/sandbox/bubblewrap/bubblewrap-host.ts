import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { eventually, type SharedHost } from '../contract-host.ts';
import { hostProcesses } from '../host-processes.ts';
import { writeSmallSource } from '../small-source.ts';

/** A bubblewrap host of its own: a state directory and a small source tree, both temporary. */
export interface BubblewrapHost extends SharedHost {
  readonly stateDir: string;
}

export async function createBubblewrapHost(): Promise<BubblewrapHost> {
  const directory = await mkdtemp(path.join(tmpdir(), 'selfplay-test-'));
  // Longer than a socket's path may be, because a user's may be too.
  const stateDir = path.join(directory, `state-${'x'.repeat(100)}-${randomUUID()}`);
  const source = path.join(directory, 'source');
  await writeSmallSource(source);
  const opened: Sandboxes[] = [];
  return {
    source: { kind: 'directory', directory: source },
    missingSource: { kind: 'directory', directory: path.join(directory, 'nowhere') },
    place: ['bubblewrap', stateDir],
    stateDir,
    directory,
    open(): Sandboxes {
      const sandboxes = createBubblewrapSandboxes({ stateDir });
      opened.push(sandboxes);
      return sandboxes;
    },
    async cleanUp() {
      for (const sandboxes of opened) await sandboxes.close();
      const remains = (await readdir(stateDir)).filter((name) => !name.startsWith('.'));
      await rm(directory, { recursive: true, force: true });
      if (remains.length > 0) throw new Error(`left behind: ${remains.join()}`);
      // A supervisor answers when everything is removed, and is itself gone a moment later.
      await eventually(async () => (await hostProcesses(stateDir)).length === 0);
    },
  };
}

/** The same with a second state directory, as another host has it. */
export async function createBubblewrapSnapshotHost(): Promise<BubblewrapHost & { openElsewhere(): Sandboxes }> {
  const host = await createBubblewrapHost();
  const stateDir = path.join(host.directory, 'another-state');
  return { ...host, openElsewhere: () => createBubblewrapSandboxes({ stateDir }) };
}
