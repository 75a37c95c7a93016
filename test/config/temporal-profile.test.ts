import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { readTemporalProfile } from '../../src/config/temporal-profile.ts';

const FILE = '.config/temporalio/temporal.toml';

/** A home with files in it; the profiles that it holds are Temporal's. */
function homeWith(files: Readonly<Record<string, string>>) {
  const home = mkdtempSync(join(tmpdir(), 'selfplay-profile-'));
  onTestFinished(() => {
    rmSync(home, { recursive: true, force: true });
  });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return home;
}

const PROFILES = `
[profile.default]
address = "here:7233"

[profile.cloud]
address = "cloud:7233"
namespace = "training"
api_key = "secret"

[profile.cloud.tls]
server_name = "temporal.example.com"
client_cert_data = "certificate"
client_key_data = "key"
server_ca_cert_data = "authority"

[profile.cloud.grpc_meta]
"x-team" = "agents"
`;

describe("Temporal's configuration file", () => {
  it('gives address, namespace, key, TLS and metadata of the profile that is named', () => {
    const home = homeWith({ [FILE]: PROFILES });
    const bytes = (text: string) => new Uint8Array(Buffer.from(text));
    const expected = {
      ...{ address: 'cloud:7233', namespace: 'training', apiKey: 'secret', metadata: { 'x-team': 'agents' } },
      tls: {
        serverNameOverride: 'temporal.example.com',
        serverRootCACertificate: bytes('authority'),
        clientCertPair: { crt: bytes('certificate'), key: bytes('key') },
      },
    };
    expect(readTemporalProfile('cloud', { HOME: home })).toEqual(expected);
    expect(readTemporalProfile(undefined, { HOME: home, TEMPORAL_PROFILE: 'cloud' })).toEqual(expected);
  });

  it('gives the default profile where none is named, and nothing where there is no file', () => {
    const home = homeWith({ [FILE]: PROFILES });
    expect(readTemporalProfile(undefined, { HOME: home })).toEqual({ address: 'here:7233' });
    expect(readTemporalProfile(undefined, { HOME: `${home}/elsewhere` })).toEqual({});
  });

  it('has the variables on top of it, and a key alone means TLS', () => {
    const home = homeWith({ [FILE]: PROFILES });
    const variables = { HOME: home, TEMPORAL_ADDRESS: 'there:1', TEMPORAL_API_KEY: 'other' };
    expect(readTemporalProfile(undefined, variables)).toEqual({ address: 'there:1', apiKey: 'other', tls: true });
  });

  it('is also found where TEMPORAL_CONFIG_FILE and XDG_CONFIG_HOME say', () => {
    const home = homeWith({ 'mine.toml': PROFILES, 'xdg/temporalio/temporal.toml': PROFILES });
    const found = { address: 'here:7233' };
    expect(readTemporalProfile(undefined, { TEMPORAL_CONFIG_FILE: `${home}/mine.toml` })).toEqual(found);
    expect(readTemporalProfile(undefined, { HOME: '/nowhere', XDG_CONFIG_HOME: `${home}/xdg` })).toEqual(found);
  });
});

describe('a profile that cannot be used', () => {
  it('is named with the file and the profiles that it has', () => {
    const home = homeWith({ [FILE]: PROFILES });
    expect(() => readTemporalProfile('clud', { HOME: home })).toThrow(
      `there is no profile "clud" in ${home}/${FILE}, which has: default, cloud`,
    );
    expect(() => readTemporalProfile(undefined, { HOME: '/nowhere', TEMPORAL_PROFILE: 'cloud' })).toThrow(
      'there is no profile "cloud" in /nowhere/.config/temporalio/temporal.toml, which has none, or is not there',
    );
  });

  it.each([
    ['no TOML', 'profile = [', 'Invalid TOML'],
    ['a certificate that is not there', cloud('client_cert_path = "/no/c"\nclient_key_path = "/no/k"'), '/no/c'],
    ['half of a pair', cloud('client_cert_data = "certificate"'), 'needs both client_cert_path and client_key_path'],
    ['a path and data', cloud('client_cert_path = "/c"\nclient_cert_data = "c"'), 'Cannot specify both'],
  ])('for %s says which file, and why', (_, text, reason) => {
    const file = join(homeWith({ 'temporal.toml': text }), 'temporal.toml');
    const read = () => readTemporalProfile('cloud', { TEMPORAL_CONFIG_FILE: file });
    expect(read).toThrow(`Temporal's configuration (profile cloud of ${file}) cannot be used`);
    expect(read).toThrow(reason);
  });
});

function cloud(tls: string): string {
  return `[profile.cloud]\naddress = "cloud:7233"\n[profile.cloud.tls]\n${tls}\n`;
}
