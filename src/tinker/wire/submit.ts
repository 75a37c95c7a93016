import type { z } from 'zod';

import { TrainerUnavailableError } from '../../domain/failure/errors.ts';
import { awaitFuture, jsonOf, type Patience } from './await-future.ts';
import { submittedSchema } from './json-results.ts';
import type { TinkerConnection, TinkerRequest } from './tinker-connection.ts';
import type { TinkerAnswer } from './tinker-transport.ts';

/** What the commands of a client share. */
export interface Commands {
  readonly connection: TinkerConnection;
  readonly patience: Patience | undefined;
}

/** Sends a command and waits for its result. */
export async function submit(
  { connection, patience }: Commands,
  request: TinkerRequest,
  signal: AbortSignal,
): Promise<TinkerAnswer> {
  const answer = await connection.ask(request, signal);
  const { request_id: requestId } = readJson(submittedSchema, answer, request.path);
  return await awaitFuture({ connection, patience, requestId, what: request.what ?? request.path }, signal);
}

/** What an answer says. One that says something else comes from a proxy or a server of another kind. */
export function readJson<Value>(schema: z.ZodType<Value>, answer: TinkerAnswer, what: string): Value {
  const parsed = schema.safeParse(jsonOf(answer));
  if (parsed.success) return parsed.data;
  throw new TrainerUnavailableError(
    `${what} answered ${answer.status} with what is no answer to it: ${parsed.error.message}`,
  );
}
