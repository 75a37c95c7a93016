import { z } from 'zod';

import { TrainerLostError, TrainerRefusedError, TrainerUnavailableError } from '../../domain/failure/errors.ts';
import { parsedJson } from '../../http/parsed-json.ts';
import { quoted } from '../../http/quoted.ts';
import type { TinkerAnswer } from './tinker-transport.ts';

const detailSchema = z.object({ detail: z.unknown() });
const validationSchema = z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() }));

/** What the server says went wrong: `detail` is a text, or a list of what does not fit; 500 is plain text. */
export function detailOf({ body }: TinkerAnswer): string {
  const text = Buffer.from(body).toString('utf8');
  const parsed = detailSchema.safeParse(parsedJson(text));
  if (!parsed.success) return text;
  const { detail } = parsed.data;
  const problems = validationSchema.safeParse(detail).data?.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
  return problems?.join('; ') ?? (typeof detail === 'string' ? detail : JSON.stringify(detail));
}

// SkyRL's two wordings of a model that it does not hold, and what is not in its database (404); 410 elsewhere.
const NOT_HELD = /\bnot loaded\b|\bunloaded\b/i;
const UNKNOWN = /^(?:model|future|(?:sampling )?session)\b.*\bnot found/i;
// Freed when a session that nobody keeps alive expires, or by hand.
const NO_SLOT = /maximum number of lora adapters/i;
const REUSED = /sequence number was reused/i;

/** The error for an answer that is none. `what` says what was tried, on what. */
export function failureOf(what: string, answer: TinkerAnswer, secret: string | undefined): Error {
  const { status, location } = answer;
  const said = quoted(detailOf(answer), secret);
  const message = `${what} answered ${status}: ${said}`;
  if (status >= 300 && status < 400) {
    const target = quoted(location ?? 'nowhere', secret);
    return new TrainerRefusedError(`${what} answered ${status}, a redirection to ${target}: configure that one`);
  }
  if (status === 415)
    return new TrainerRefusedError(`${message}. This server takes the other format: configure it, or "auto"`);
  if (status === 410 || (status === 404 && UNKNOWN.test(said))) return new TrainerLostError(message);
  if (status === 409 && REUSED.test(said))
    return new TrainerLostError(`${message}. Under this number the server has seen something else: it begins anew`);
  if (status === 408 || status === 425 || status === 429 || status >= 500) return new TrainerUnavailableError(message);
  return failedOperation(message, said);
}

/** An operation that was taken and has failed. Asked again it says the same, and its number is spent. */
export function failedOperation(message: string, said: string): Error {
  if (NOT_HELD.test(said)) return new TrainerLostError(message);
  if (NO_SLOT.test(said)) return new TrainerUnavailableError(message);
  return new TrainerRefusedError(message);
}
