import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';

export interface FakeRegistry {
  /** `127.0.0.1:PORT`, the first part of an image's name. */
  readonly host: string;
  /** How often a manifest was asked for. */
  readonly pulls: () => number;
  close(): Promise<void>;
}

/**
 * A registry with one image, made of one layer, under any name that ends with `present`. Where `login` is given, it
 * refuses whoever does not give it.
 */
export async function startFakeRegistry(
  layer: Buffer,
  { login }: { readonly login?: string } = {},
): Promise<FakeRegistry> {
  const blobs = imageBlobs(layer);
  let pulls = 0;
  const server = createServer((request, response) => {
    const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const url = request.url ?? '';
    if (url === '/v2/') {
      response.writeHead(200).end('{}');
      return;
    }
    if (url.includes('/manifests/')) pulls++;
    const found = url.includes('present/') ? blobFor(blobs, url) : undefined;
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
      return;
    }
    const headers = { 'content-type': found.type, 'docker-content-digest': digest(found.content) };
    response.writeHead(200, { ...headers, 'content-length': found.content.length });
    response.end(request.method === 'HEAD' ? undefined : found.content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${portOf(server)}`, pulls: () => pulls, close: () => closed(server) };
}

interface Blob {
  readonly type: string;
  readonly content: Buffer;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

function imageBlobs(layer: Buffer): { readonly manifest: Blob; readonly others: readonly Blob[] } {
  const packed = { type: 'application/vnd.docker.image.rootfs.diff.tar.gzip', content: gzipSync(layer) };
  const config = {
    type: 'application/vnd.docker.container.image.v1+json',
    content: Buffer.from(
      JSON.stringify({
        ...{ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux' },
        config: { WorkingDir: '/app' },
        rootfs: { type: 'layers', diff_ids: [digest(layer)] },
      }),
    ),
  };
  const describe = ({ type, content }: Blob) => ({ mediaType: type, size: content.length, digest: digest(content) });
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: describe(config), layers: [describe(packed)] };
  return { manifest: { type: MANIFEST, content: Buffer.from(JSON.stringify(manifest)) }, others: [config, packed] };
}

function blobFor(blobs: ReturnType<typeof imageBlobs>, url: string): Blob | undefined {
  if (url.includes('/manifests/')) return blobs.manifest;
  return blobs.others.find(({ content }) => url.endsWith(digest(content)));
}

function digest(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
