import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

import { generate, type GenerateResult } from 'selfsigned';
import { onTestFinished } from 'vitest';

export interface SecuredServer {
  readonly address: string;
  /** Files of the authority that signed both sides, and of the client's own pair. */
  readonly files: { readonly ca: string; readonly certificate: string; readonly key: string };
  /** One for each call: what the client showed and said. */
  readonly calls: readonly SecuredCall[];
}

export interface SecuredCall {
  readonly headers: IncomingHttpHeaders;
  /** The name that the client asked for in the TLS handshake. */
  readonly serverName: string | false | null;
  readonly authorized: boolean;
}

/** Not compressed, no bytes long: a Temporal server that says nothing about itself. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/** A gRPC server behind mutual TLS, for `temporal.test`, that answers every call with an empty message and notes who calls. */
export async function startSecuredServer(): Promise<SecuredServer> {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-tls-'));
  const file = (name: string) => join(directory, name);
  await makeCertificates(directory);
  const calls: SecuredCall[] = [];
  const server = createSecureServer({
    key: readFileSync(file('server.key')),
    cert: readFileSync(file('server.pem')),
    ca: readFileSync(file('ca.pem')),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('stream', (stream, headers) => {
    const socket = stream.session?.socket;
    const { servername, authorized } = socket instanceof TLSSocket ? socket : { servername: null, authorized: false };
    calls.push({ headers, serverName: servername, authorized });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.end(EMPTY_MESSAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const files = { ca: file('ca.pem'), certificate: file('client.pem'), key: file('client.key') };
  return { address: `127.0.0.1:${port}`, files, calls };
}

async function makeCertificates(directory: string): Promise<void> {
  const write = (name: string, { private: key, cert }: GenerateResult) => {
    writeFileSync(join(directory, `${name}.key`), key);
    writeFileSync(join(directory, `${name}.pem`), cert);
  };
  const authority = await generate([{ name: 'commonName', value: 'authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  write('ca', authority);
  const ca = { key: authority.private, cert: authority.cert };
  for (const name of ['server', 'client']) {
    const altNames = [{ type: 2, value: 'temporal.test' }] as const;
    const signed = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [...altNames] }],
      ca,
    });
    write(name, signed);
  }
}
