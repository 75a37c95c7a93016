import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

import { describe, expect, it, onTestFinished } from 'vitest';

import { BlobMissingError, InvalidConfigError, StoreUnavailableError } from '../../src/domain/failure/errors.ts';
import { createS3Blobs } from '../../src/store/s3-blobs.ts';

interface Exchange {
  readonly request: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A server that answers the listing of the bucket and leaves the rest to the test. */
async function blobsAt(answer: (request: string, nth: number) => readonly [number, (string | undefined)?]) {
  const exchanges: Exchange[] = [];
  const listener: RequestListener = (request, response) => {
    request.resume();
    request.on('end', () => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`;
      if (!line.includes('list-type')) exchanges.push({ request: line, headers: request.headers });
      const [status, code] = line.includes('list-type') ? [200] : answer(line, exchanges.length);
      response.writeHead(status);
      response.end(code === undefined ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
    });
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const blobs = await createS3Blobs({
    endpoint: `http://127.0.0.1:${port ?? 0}`,
    region: 'eu-central-1',
    bucket: 'bucket',
    prefix: '',
    credentials: { accessKeyId: 'access', secretAccessKey: 'secret', sessionToken: 'token' },
    createBucket: false,
  });
  return { blobs, exchanges };
}

const REF = { sha256: 'a'.repeat(64), bytes: 5 };

describe('blobs in S3', () => {
  it('are put signed, by their hash, on the condition that they are not there', async () => {
    const { blobs, exchanges } = await blobsAt(() => [200]);
    const { sha256 } = await blobs.put(Buffer.from('plain'));
    expect(exchanges).toMatchObject([
      {
        request: `PUT /bucket/${sha256.slice(0, 2)}/${sha256.slice(2)}`,
        headers: {
          'if-none-match': '*',
          'x-amz-content-sha256': sha256,
          'x-amz-security-token': 'token',
          authorization: expect.stringMatching(/Credential=access\/\d+\/eu-central-1\/s3\/aws4_request/),
        },
      },
    ]);
  });

  it('are put without the condition where a server knows none', async () => {
    const { blobs, exchanges } = await blobsAt((_line, nth) => (nth === 1 ? [501, 'NotImplemented'] : [200]));
    await blobs.put(Buffer.from('plain'));
    expect(exchanges.map(({ headers }) => headers['if-none-match'])).toEqual(['*', undefined]);
  });

  it('are put again after a conflict and while the server is busy', async () => {
    const answers = [[409, 'ConditionalRequestConflict'], [503, 'SlowDown'], [200]] as const;
    const { blobs, exchanges } = await blobsAt((_line, nth) => answers[nth - 1] ?? [500]);
    await blobs.put(Buffer.from('plain'));
    expect(exchanges).toHaveLength(3);
  });

  it('are missing when the server says that this key is not there', async () => {
    const { blobs } = await blobsAt(() => [404, 'NoSuchKey']);
    await expect(blobs.get(REF)).rejects.toThrow(BlobMissingError);
  });

  it.each([
    ['the bucket', 404, 'NoSuchBucket'],
    ['the user', 404, 'XAdminUserNotFound'],
    ['the way, as a proxy says,', 404, undefined],
    ['the right to read', 403, 'AccessDenied'],
  ])('are out of reach, not missing, when %s is gone', async (_what, status, code) => {
    const { blobs } = await blobsAt(() => [status, code]);
    await expect(blobs.get(REF)).rejects.toThrow(StoreUnavailableError);
    await expect(blobs.get(REF)).rejects.toThrow(`did not GET http://127.0.0.1`);
    await expect(blobs.put(Buffer.from('plain'))).rejects.toThrow(StoreUnavailableError);
  });

  it.each([
    [301, /another region/],
    [400, /Correct blobs.region/],
    [403, /Correct the credentials/],
  ])('cannot be opened where the bucket answers %i, with the way out', async (status, remedy) => {
    const server = createServer((_request, response) => {
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    const credentials = { accessKeyId: 'access', secretAccessKey: 'secret' };
    const settings = { endpoint, region: 'us-east-1', bucket: 'bucket', prefix: '', credentials, createBucket: true };
    const opening = createS3Blobs(settings);
    await expect(opening).rejects.toThrow(InvalidConfigError);
    await expect(opening).rejects.toThrow(remedy);
  });
});
