import type { Wire } from '../wire/tinker-shapes.ts';
import { jsonAnswer, type FakeAnswer } from './fake-answers.ts';
import type { FakeDatabase } from './fake-database.ts';
import type { FakeCommand } from './fake-engine.ts';

export interface FakeRequest {
  readonly method: string;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What routes work on. */
export interface FakeParts {
  readonly database: FakeDatabase;
  readonly wire: Wire;
  /** Puts a command into the queue and gives its request id. */
  readonly enqueue: (command: FakeCommand) => string;
}

/** The body as JSON, and the request as it came. Throws a ZodError on a body that does not fit. */
export type FakeRoute = (body: unknown, request: FakeRequest) => FakeAnswer;

export type FakeRoutes = Readonly<Record<string, FakeRoute>>;

export function submitted(requestId: string): FakeAnswer {
  return jsonAnswer({ future_id: requestId, status: 'pending', request_id: requestId });
}
