import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { extract } from 'tar-stream';
import { expect, it, onTestFinished } from 'vitest';

import { archiveOfTree } from '../../src/sandbox/source/source-archive.ts';
import { listSource } from '../../src/sandbox/source/source-listing.ts';

it('the archive of a read-only tree has directories that their owner can write to', async () => {
  const source = mkdtempSync(join(tmpdir(), 'selfplay-archive-'));
  onTestFinished(() => {
    chmodSync(join(source, 'shut'), 0o755);
    rmSync(source, { recursive: true, force: true });
  });
  mkdirSync(join(source, 'shut'));
  writeFileSync(join(source, 'shut/file'), 'text', { mode: 0o444 });
  chmodSync(join(source, 'shut'), 0o555);

  const modes: Record<string, string> = {};
  const archive = extract();
  archiveOfTree(source, await listSource(source, 'source'), { prefix: 'repo', owner: 1000 }).pipe(archive);
  for await (const entry of archive) {
    modes[entry.header.name.replace(/\/$/, '')] = entry.header.mode.toString(8);
    entry.resume();
  }
  expect(modes).toEqual({ 'repo/shut': '755', 'repo/shut/file': '444' });
});
