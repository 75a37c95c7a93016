import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';

/** A page of a history, which holds 256 events, may hold a few large payloads; the server takes 4 MiB for each request. */
const LARGEST_BODY_BYTES = 16 * 1024 * 1024;

export interface CodecServerOptions {
  readonly codec: PayloadCodec;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Pages of which a browser may ask: those of the Temporal UI. */
  readonly origins: readonly string[];
  /** Asked for as `Authorization: Bearer TOKEN`, where it is given. */
  readonly token?: string;
}

export interface CodecServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Payloads as protobuf has them in JSON. */
const payloadsSchema = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), z.base64()).default({}), data: z.base64().default('') })),
});

/** Temporal's remote codec: the Temporal UI and `temporal --codec-endpoint` have payloads decrypted and encrypted here. */
export async function startCodecServer({ host, port, ...options }: CodecServerOptions): Promise<CodecServer> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      // A client that went away in the middle of its request.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Answering = Pick<CodecServerOptions, 'codec' | 'origins' | 'token'>;

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: Answering): Promise<void> {
  allowOrigin(request, response, options.origins);
  const { status, body } = await answerTo(request, options);
  response.statusCode = status;
  if (status === 200) response.setHeader('content-type', 'application/json');
  response.end(body);
}

async function answerTo(request: IncomingMessage, { codec, token }: Answering): Promise<Answer> {
  const convert = { '/encode': codec.encode.bind(codec), '/decode': codec.decode.bind(codec) }[pathOf(request)];
  if (convert === undefined) return { status: 404, body: 'POST /encode or /decode' };
  // A browser asks first, without the token.
  if (request.method === 'OPTIONS') return { status: 204, body: '' };
  if (request.method !== 'POST') return { status: 405, body: 'POST /encode or /decode' };
  if (!isAllowed(request, token)) return { status: 401, body: 'this server wants the token that it was started with' };
  const text = await bodyOf(request);
  if (text === undefined) return { status: 413, body: `no more than ${LARGEST_BODY_BYTES} bytes` };
  const read = payloadsSchema.safeParse(jsonOf(text));
  if (!read.success) return { status: 400, body: 'the body is no list of payloads' };
  try {
    const payloads = await convert(read.data.payloads.map(fromJson));
    return { status: 200, body: JSON.stringify({ payloads: payloads.map(toJson) }) };
  } catch (error) {
    return { status: 400, body: error instanceof Error ? error.message : String(error) };
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return new URL(url, 'http://codec').pathname;
}

function allowOrigin({ headers }: IncomingMessage, response: ServerResponse, origins: readonly string[]): void {
  response.setHeader('vary', 'origin');
  if (headers.origin === undefined || !origins.includes(headers.origin)) return;
  response.setHeader('access-control-allow-origin', headers.origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-allow-methods', 'POST, OPTIONS');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, x-namespace');
}

function isAllowed({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const [given, wanted] = [Buffer.from(headers.authorization ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Undefined where it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue;
    bytes += chunk.length;
    // Read to its end all the same, for an answer is not looked at before.
    if (bytes <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > LARGEST_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fromJson({ metadata, data }: z.infer<typeof payloadsSchema>['payloads'][number]): Payload {
  const read = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(read), data: Buffer.from(data, 'base64') };
}

function toJson({ metadata, data }: Payload) {
  const written = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64Of(value)] as const);
  return { metadata: Object.fromEntries(written), data: base64Of(data) };
}

function base64Of(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
