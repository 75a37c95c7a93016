import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { InvalidConfigError } from '../../src/domain/failure/errors.ts';
import { openStore } from '../../src/workers/open-store.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'selfplay-home-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

function open(yaml: string) {
  const storeFile = join(home, 'store.yaml');
  writeFileSync(storeFile, yaml);
  return openStore({ home, storeFile });
}

describe('the store of a deployment', () => {
  it('is in the home where nothing else is said', async () => {
    const store = await openStore({ home });
    await store.blobs.put(Buffer.from('content'));
    await store.close();
    expect(existsSync(join(home, 'store', 'ledger.db'))).toBe(true);
  });

  it('is asked for a blob once', async () => {
    const { blobs, close } = await openStore({ home });
    const ref = await blobs.put(Buffer.from('content'));
    rmSync(join(home, 'store', 'blobs', ref.sha256.slice(0, 2)), { recursive: true });
    expect(Buffer.from(await blobs.get(ref)).toString()).toBe('content');
    await close();
  });

  it('may have its blobs in a directory of another place', async () => {
    const elsewhere = join(home, 'elsewhere');
    const store = await open(`blobs: {kind: directory, directory: ${elsewhere}}`);
    const ref = await store.blobs.put(Buffer.from('content'));
    await store.close();
    expect(existsSync(join(elsewhere, ref.sha256.slice(0, 2), ref.sha256.slice(2)))).toBe(true);
    expect(existsSync(join(home, 'store', 'ledger.db'))).toBe(true);
  });

  it('says which key names a variable that is not set', async () => {
    vi.stubEnv('NO_SUCH_LEDGER', '');
    const opening = open('ledger: {kind: postgres, url_env: NO_SUCH_LEDGER}');
    await expect(opening).rejects.toThrow(InvalidConfigError);
    await expect(opening).rejects.toThrow('ledger.url_env names NO_SUCH_LEDGER, which is not set');
  });

  it('does not show a URL that is none', async () => {
    vi.stubEnv('NOT_A_LEDGER', 'hunter2');
    const opening = open('ledger: {kind: postgres, url_env: NOT_A_LEDGER}');
    await expect(opening).rejects.toThrow('names NOT_A_LEDGER, whose value does not begin with postgres://');
    await expect(opening).rejects.not.toThrow('hunter2');
  });
});
