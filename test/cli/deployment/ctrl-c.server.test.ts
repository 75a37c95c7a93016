import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../command-fixture.ts';
import { startSelfplay } from '../selfplay-process.ts';

/** A start of server and workers, a few turns, and a stop: half a minute alone, minutes beside other tests. */

/** Processes that name the home: server, supervisors, sandboxes. */
function processesOf(home: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(home) ? [command] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

function expectNothingLeft(home: string): void {
  expect(processesOf(home)).toEqual([]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(home);
  // Hidden folders are what the backend keeps for the next sandboxes.
  expect(readdirSync(join(home, 'sandboxes')).filter((name) => !name.startsWith('.'))).toEqual([]);
  expect(readdirSync(home).filter((name) => name.endsWith('.lock'))).toEqual([]);
}

describe('Ctrl-C in a demo', () => {
  it('leaves nothing behind, and the next demo resumes the run', async () => {
    const home = temporaryDirectory();
    const first = startSelfplay(['demo', '--sandbox', 'bubblewrap', '--home', home, '--groups', '1']);
    await first.waitFor('episode-0: validate');
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(130);
    expect(first.written().stderr).toContain('selfplay demo --fresh');
    expectNothingLeft(home);

    const second = startSelfplay(['demo', '--sandbox', 'bubblewrap', '--home', home]);
    await second.waitFor('resuming the unfinished run demo-');
    await second.waitFor('episode-0: ');
    second.child.kill('SIGINT');
    await second.waitFor('stopping');
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(130);
    expectNothingLeft(home);
  });
});
