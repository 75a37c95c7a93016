import { startFakeChatServer, type Play, type ReceivedRequest } from '../../support/fake-chat-server.ts';

export interface ScriptedTinker extends AsyncDisposable {
  readonly baseUrl: string;
  /** What arrived at this path, below `/api/v1`. */
  asked(path: string): readonly ReceivedRequest['body'][];
}

/** A Tinker server that answers a question as it is told: at once with a refusal, or with a receipt and what follows it. */
export async function startScriptedTinker(
  answer: (question: ReceivedRequest['body'], index: number, inFlight: number) => { asample: Play } | { result: Play },
): Promise<ScriptedTinker> {
  const results: Play[] = [];
  const answerAt: Record<string, (body: ReceivedRequest['body'], inFlight: number) => Play> = {
    '/create_session': () => json({ session_id: 'session' }),
    '/create_sampling_session': () => json({ sampling_session_id: 'sampling' }),
    '/session_heartbeat': () => json({}),
    '/asample': (body, inFlight) => {
      const answered = answer(body, asked('/asample').length - 1, inFlight);
      if ('asample' in answered) return answered.asample;
      results.push(answered.result);
      return json({ request_id: String(results.length) });
    },
    '/retrieve_future': ({ request_id: id }) => results[Number(id) - 1] ?? { play: 'hang' },
  };
  const server = await startFakeChatServer(({ path, body }, _index, inFlight) => {
    const route = answerAt[path.replace('/api/v1', '')];
    return route === undefined ? { play: 'answer', status: 404, body: 'Not Found' } : route(body, inFlight);
  });
  const asked = (path: string) =>
    server.received.filter((one) => one.path === `/api/v1${path}`).map(({ body }) => body);
  return {
    baseUrl: server.baseUrl.replace(/\/v1$/, ''),
    asked,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A result with these tokens. */
export function sampled(
  tokens: readonly number[],
  { stopReason = 'stop', afterMs = 0 }: { stopReason?: 'stop' | 'length'; afterMs?: number } = {},
): { result: Play } {
  const sequence = { stop_reason: stopReason, tokens, logprobs: tokens.map(() => -0.5) };
  return { result: { play: 'answer', body: { sequences: [sequence], type: 'sample' }, afterMs } };
}

export function refused(status: number, detail: unknown): Play {
  return { play: 'answer', status, body: { detail } };
}

function json(body: unknown): Play {
  return { play: 'answer', body };
}
