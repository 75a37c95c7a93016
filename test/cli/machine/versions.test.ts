import { chmodSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { describeVersions } from '../../../src/cli/machine/versions.ts';
import { VALIDATOR_VERSION } from '../../../src/domain/checks/validator-version.ts';
import { anEnvironment, runCommand, temporaryDirectory } from '../command-fixture.ts';

describe('--version', () => {
  it('says everything that decides how a run is played and judged', async () => {
    const environment = { ...anEnvironment(), temporalBinary: aBinary('9.9.9', '1.99.0') };
    const { exitCode, stdout, stderr } = await runCommand(['--version'], { environment });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^selfplay +\d+\.\d+\.\d+$/),
      expect.stringMatching(new RegExp(`^validator +${VALIDATOR_VERSION}$`)),
      expect.stringMatching(/^Temporal SDK +1\.\d+\.\d+$/),
      expect.stringMatching(/^Temporal server +1\.99\.0 \(temporal 9\.9\.9\)$/),
      '',
    ]);
  });

  it('takes what set-up has written down of its binary, and asks another one itself', async () => {
    const folder = temporaryDirectory();
    const temporalBinary = join(folder, 'temporal');
    symlinkSync(aBinary('2.0.0', '1.50.0'), temporalBinary);
    writeFileSync(`${temporalBinary}.version`, 'temporal-1.0.0\ntemporal version 1.0.0 (Server 1.30.0, UI 2.0.0)\n');
    expect(await describeVersions({ temporalBinary })).toContain('1.50.0 (temporal 2.0.0)');
    const noted = join(folder, 'noted');
    writeFileSync(join(folder, 'temporal-1.0.0'), 'no program');
    symlinkSync('temporal-1.0.0', noted);
    writeFileSync(`${noted}.version`, 'temporal-1.0.0\ntemporal version 1.0.0 (Server 1.30.0, UI 2.0.0)\n');
    expect(await describeVersions({ temporalBinary: noted })).toContain('1.30.0 (temporal 1.0.0)');
  });

  it('asks a binary that took the place of the one that was written down', async () => {
    const folder = temporaryDirectory();
    const temporalBinary = join(folder, 'temporal');
    const target = aBinary('2.0.0', '1.50.0');
    symlinkSync(target, temporalBinary);
    writeFileSync(`${temporalBinary}.version`, `${target}\ntemporal version 1.0.0 (Server 1.30.0, UI 2.0.0)\n`);
    const before = new Date(0);
    utimesSync(`${temporalBinary}.version`, before, before);
    utimesSync(target, before, before);
    expect(await describeVersions({ temporalBinary })).toContain('1.50.0 (temporal 2.0.0)');
  });

  it('says what to type where there is no server', async () => {
    const text = await describeVersions({ temporalBinary: '/nowhere/temporal' });
    expect(text).toContain('none at /nowhere/temporal; scripts/setup --only temporal');
  });
});

function aBinary(version: string, server: string): string {
  const binary = join(temporaryDirectory(), 'temporal');
  writeFileSync(binary, `#!/bin/sh\necho 'temporal version ${version} (Server ${server}, UI 2.1.0)'\n`);
  chmodSync(binary, 0o755);
  return binary;
}
