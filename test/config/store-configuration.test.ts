import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { packageRoot } from '../../src/config/package-root.ts';
import { keepsStoreAtHome, loadStoreConfiguration } from '../../src/config/store-configuration.ts';
import { InvalidConfigError } from '../../src/domain/failure/errors.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-config-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function load(yaml: string) {
  const storeFile = join(directory, 'store.yaml');
  writeFileSync(storeFile, yaml);
  return loadStoreConfiguration({ storeFile });
}

describe('the configuration of the store', () => {
  it('is a file and a directory in the home where none is named', () => {
    expect(loadStoreConfiguration({})).toEqual({ ledger: { kind: 'sqlite' }, blobs: { kind: 'directory' } });
    expect(keepsStoreAtHome({})).toBe(true);
  });

  it('names the variables of secrets, with their usual names as default', () => {
    const yaml = 'ledger: {kind: postgres}\nblobs: {kind: s3, endpoint: "http://s3:7070", bucket: selfplay}';
    expect(load(yaml)).toEqual({
      ledger: { kind: 'postgres', urlEnv: 'SELFPLAY_LEDGER_URL', poolSize: 10 },
      blobs: {
        kind: 's3',
        endpoint: 'http://s3:7070',
        region: 'us-east-1',
        bucket: 'selfplay',
        prefix: '',
        createBucket: false,
        accessKeyIdEnv: 'AWS_ACCESS_KEY_ID',
        secretAccessKeyEnv: 'AWS_SECRET_ACCESS_KEY',
        sessionTokenEnv: 'AWS_SESSION_TOKEN',
      },
    });
  });

  it('may keep only one of the two elsewhere', () => {
    expect(load('blobs: {kind: directory, directory: /mnt/blobs}').ledger).toEqual({ kind: 'sqlite' });
    expect(keepsStoreAtHome({ storeFile: join(directory, 'store.yaml') })).toBe(true);
    load('ledger: {kind: postgres}\nblobs: {kind: directory, directory: /mnt/blobs}');
    expect(keepsStoreAtHome({ storeFile: join(directory, 'store.yaml') })).toBe(false);
  });

  it('is shown in docs/deployment.md as it can be read', () => {
    const page = readFileSync(join(packageRoot, 'docs', 'deployment.md'), 'utf8');
    const [, example = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
    expect(load(example)).toMatchObject({ ledger: { kind: 'postgres' }, blobs: { kind: 's3', prefix: 'team-a/' } });
  });

  it.each([
    ['a secret in place of its variable', 'ledger: {kind: postgres, url_env: "postgres://u:p@h/d"}', /ledger\.urlEnv/],
    ['an unknown key', 'ledger: {kind: postgres, url: x}', /Unrecognized key: "url"/],
    ['a bucket in the endpoint’s place', 'blobs: {kind: s3, endpoint: bucket, bucket: bucket}', /blobs\.endpoint/],
    [
      'a prefix without its slash',
      'blobs: {kind: s3, endpoint: "http://s3", bucket: abc, prefix: a}',
      /ends with a slash/,
    ],
    ['another kind', 'ledger: {kind: mysql}', /ledger/],
    ['no YAML', '{', /cannot read the store configuration .*store.yaml \(SELFPLAY_STORE\)/],
  ])('is refused with %s, and says where', (_what, yaml, problem) => {
    expect(() => load(yaml)).toThrow(InvalidConfigError);
    expect(() => load(yaml)).toThrow(problem);
  });
});
