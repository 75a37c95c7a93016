import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { describe, expect, it, onTestFinished } from 'vitest';

import { namedTarget } from '../../src/cli/temporal/temporal-target.ts';
import { readTemporalProfile } from '../../src/config/temporal-profile.ts';
import { connectionOptions } from '../../src/workers/temporal-connection.ts';
import { startSecuredServer, type SecuredServer } from './secured-server.ts';

/** The SDK loads its native library, and OpenSSL makes keys. */

/** How the server is reached by a profile of a configuration file. */
function optionsFor({ address, files }: SecuredServer) {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-profile-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'temporal.toml');
  const lines = [
    '[profile.cloud]',
    `address = "${address}"`,
    'namespace = "training"',
    'api_key = "secret"',
    '[profile.cloud.tls]',
    'server_name = "temporal.test"',
    `client_cert_path = "${files.certificate}"`,
    `client_key_path = "${files.key}"`,
    `server_ca_cert_path = "${files.ca}"`,
    '[profile.cloud.grpc_meta]',
    '"x-team" = "agents"',
  ];
  writeFileSync(file, lines.join('\n'));
  const configuredTemporal = (profile?: string) => readTemporalProfile(profile, { TEMPORAL_CONFIG_FILE: file });
  const target = namedTarget({ configuredTemporal }, { profile: 'cloud' });
  if (target === undefined) throw new Error('the profile names an address');
  return connectionOptions(target);
}

describe('certificates, server name, key and metadata of a profile', () => {
  it.each([
    ['clients', (options: ReturnType<typeof optionsFor>) => Connection.connect(options)],
    ['workers', (options: ReturnType<typeof optionsFor>) => NativeConnection.connect(options)],
  ])('reach the server through the connection of %s', async (_, connect) => {
    const server = await startSecuredServer();
    const connection = await connect(optionsFor(server));
    await connection.close();
    expect(server.calls[0]).toMatchObject({
      headers: { authorization: 'Bearer secret', 'x-team': 'agents' },
      ...{ serverName: 'temporal.test', authorized: true },
    });
  });
});
