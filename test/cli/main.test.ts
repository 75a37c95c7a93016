import { describe, expect, it } from 'vitest';

import { startSelfplay } from './selfplay-process.ts';

describe('the selfplay process', () => {
  it('exits with 0 for --help, and colours nothing in a pipe', async () => {
    const { ended, written } = startSelfplay(['--help']);
    expect(await ended).toBe(0);
    expect(written().stdout).toContain('Usage: selfplay');
    expect(written().stdout).not.toContain('\u001b');
  });

  it('exits with 0 for --version, and says the same beside other options', async () => {
    const [alone, beside] = [startSelfplay(['--version']), startSelfplay(['--debug', '--version'])];
    expect([await alone.ended, await beside.ended]).toEqual([0, 0]);
    expect(alone.written().stdout).toMatch(/^selfplay +\d+\.\d+\.\d+\n/);
    expect(beside.written()).toEqual(alone.written());
  });

  it('exits with 2 for a command that is not there', async () => {
    const { ended, written } = startSelfplay(['stauts']);
    expect(await ended).toBe(2);
    expect(written().stderr).toContain('Did you mean status?');
  });

  it('exits with 2 for a variable that cannot be read', async () => {
    const { ended, written } = startSelfplay(['doctor'], { SELFPLAY_CAPACITY: 'lots' });
    expect(await ended).toBe(2);
    expect(written().stderr).toBe('selfplay: SELFPLAY_CAPACITY is a number of sandboxes from 1 to 10000, not "lots"\n');
  });

  it('is quiet when its reader goes away', async () => {
    const { child, ended, written } = startSelfplay(['run', '--help']);
    child.stdout?.destroy();
    expect(await ended).toBe(0);
    expect(written().stderr).toBe('');
  });
});
