import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { engineHost } from '../../../src/sandbox/docker/docker-endpoint.ts';
import { findLogin, registryOf } from '../../../src/sandbox/docker/docker-login.ts';
import { createPullProgress } from '../../../src/sandbox/docker/docker-pull.ts';

const HUB = 'https://index.docker.io/v1/';

describe("the docker command's own files", () => {
  let directory: string;
  const before = process.env.PATH;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'selfplay-docker-'));
  });
  afterEach(async () => {
    process.env.PATH = before;
    await rm(directory, { recursive: true });
  });
  const configure = (config: object) => writeFile(path.join(directory, 'config.json'), JSON.stringify(config));

  it.each([
    ['debian', HUB],
    ['library/debian:12', HUB],
    ['ghcr.io/org/image:tag', 'ghcr.io'],
    ['localhost/image', 'localhost'],
    ['127.0.0.1:5000/image', '127.0.0.1:5000'],
  ])('name the registry of %s', (image, registry) => {
    expect(registryOf(image)).toBe(registry);
  });

  it('give the login of a registry, whatever its password is made of', async () => {
    const auth = Buffer.from('me:pass:word').toString('base64');
    await configure({ auths: { [HUB]: { auth }, 'https://ghcr.io': { identitytoken: 'token' }, 'empty.io': {} } });
    const login = { username: 'me', password: 'pass:word', serveraddress: HUB };
    expect(await findLogin('debian', directory)).toEqual(login);
    expect(await findLogin('ghcr.io/x/y', directory)).toMatchObject({ identitytoken: 'token' });
    expect(await findLogin('empty.io/x', directory)).toBeUndefined();
    expect(await findLogin('other.io/x', directory)).toBeUndefined();
    expect(await findLogin('debian', path.join(directory, 'absent'))).toBeUndefined();
  });

  it('name a helper that knows the login', async () => {
    const helper = path.join(directory, 'docker-credential-test');
    await writeFile(helper, '#!/bin/sh\nread server\necho "{\\"Username\\":\\"of $server\\",\\"Secret\\":\\"s\\"}"\n', {
      mode: 0o755,
    });
    process.env.PATH = `${directory}:${before ?? ''}`;
    await configure({ credHelpers: { 'ghcr.io': 'test' }, credsStore: 'absent' });
    const login = { username: 'of ghcr.io', password: 's', serveraddress: 'ghcr.io' };
    expect(await findLogin('ghcr.io/x/y', directory)).toEqual(login);
    expect(await findLogin('debian', directory)).toBeUndefined();
  });

  it('name the engine of the current context', async () => {
    expect(engineHost({ configDirectory: directory })).toBe('unix:///var/run/docker.sock');
    const folder = path.join(directory, 'contexts', 'meta', createHash('sha256').update('colima').digest('hex'));
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'meta.json'), '{"Endpoints":{"docker":{"Host":"unix:///colima.sock"}}}');
    await configure({ currentContext: 'colima' });
    expect(engineHost({ configDirectory: directory })).toBe('unix:///colima.sock');
    expect(engineHost({ configDirectory: directory, host: 'tcp://h:2375' })).toBe('tcp://h:2375');
    await configure({ currentContext: 'gone' });
    expect(engineHost({ configDirectory: directory })).toBe('unix:///var/run/docker.sock');
    await writeFile(path.join(directory, 'config.json'), 'broken');
    expect(engineHost({ configDirectory: directory })).toBe('unix:///var/run/docker.sock');
  });
});

describe('the report of a pull', () => {
  it('is added up over layers, said now and then, and its error kept', () => {
    const said: string[] = [];
    let nowMs = 0;
    const progress = createPullProgress(
      'image',
      (what) => said.push(what),
      () => nowMs,
    );
    const line = (id: string, current: number) =>
      `${JSON.stringify({ id, status: 'Downloading', progressDetail: { current, total: 5_000_000 } })}\r\n`;
    progress.read(line('a', 1_000_000));
    nowMs = 20_000;
    const second = line('b', 2_000_000);
    progress.read(second.slice(0, 10));
    expect(said).toEqual([]);
    progress.read(second.slice(10));
    progress.read(line('b', 3_000_000));
    expect(said).toEqual(['pulling the image image: 3 of at least 10 MB']);
    expect(progress.problem()).toBeUndefined();
    progress.read('nonsense\n{"error":"manifest unknown"}\n');
    expect(progress.problem()).toBe('manifest unknown');
  });
});
