import { z } from 'zod';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../domain/failure/errors.ts';
import type { HttpAnswer } from '../../http/exchange.ts';
import { parsedJson } from '../../http/parsed-json.ts';
import { quoted } from '../../http/quoted.ts';
import { retryAfterMs } from '../../http/retry-after.ts';

const errorFields = z.object({
  message: z.string().nullish(),
  type: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
});
// `{error: {message}}` (OpenAI, vLLM), `{error: "…"}` (proxies), `{message}` (older vLLM, SGLang), `{detail}` (FastAPI).
const errorSchema = errorFields.extend({
  error: z.union([z.string(), errorFields]).nullish(),
  detail: z.unknown().optional(),
});

/** What the server says went wrong, with its code, for matching and for people; the body itself when it is not JSON. */
export function serverMessage(body: string): string {
  const parsed = errorSchema.safeParse(parsedJson(body)).data;
  const fields = typeof parsed?.error === 'string' ? { message: parsed.error } : (parsed?.error ?? parsed);
  const message = fields?.message ?? (parsed?.detail == null ? undefined : JSON.stringify(parsed.detail));
  if (message === undefined) return body;
  const codes = [parsed, fields].flatMap((part) =>
    part !== undefined && 'code' in part ? [part.type, part.code] : [],
  );
  const named = [...new Set(codes)].filter((code) => typeof code === 'string' && !message.includes(code));
  return named.length === 0 ? message : `${message} (${named.join(', ')})`;
}

/** The error for an answer that holds no reply. `what` says what was tried, on what. */
export function failureOf(what: string, { status, headers, body }: HttpAnswer, secret: string | undefined): Error {
  if (status >= 300 && status < 400) {
    const target = quoted(String(headers.location ?? 'nowhere'), secret);
    return new PolicyRequestRejectedError(`${what} answered ${status}, a redirection to ${target}: configure that one`);
  }
  const said = quoted(serverMessage(body), secret);
  if (status < 300) return new PolicyUnavailableError(`${what} answered ${status} without a reply: ${said}`);
  const worthRetrying = status === 408 || status === 409 || status === 429 || status >= 500;
  const message = `${what} answered ${status}: ${said}`;
  return worthRetrying
    ? new PolicyUnavailableError(message, { retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()) })
    : new PolicyRequestRejectedError(message);
}
