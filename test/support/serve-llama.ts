import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import { z } from 'zod';

import { choiceOf, completionBody } from './fake-chat-server.ts';
import { listenLocally } from './listen-locally.ts';
import type { Llama } from './run-llama.ts';

const requestSchema = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  seed: z.int(),
  max_tokens: z.int(),
  temperature: z.number(),
});

/** The small model behind an OpenAI-compatible server with vLLM's token ids, one request at a time. */
export async function serveLlama(llama: Llama): Promise<AsyncDisposable & { readonly baseUrl: string }> {
  let former = Promise.resolve();
  const server = createServer((request, response) => {
    former = former
      .then(async () => {
        const body = JSON.stringify(await complete(llama, requestSchema.parse(await json(request))));
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      })
      .catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
  });
  const listening = await listenLocally(server);
  return { baseUrl: `${listening.origin}/v1`, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() };
}

async function complete(llama: Llama, { messages, seed, ...request }: z.infer<typeof requestSchema>) {
  const prompt = llama.tokenize(llama.render(messages));
  const sampling = { temperature: request.temperature, maxTokens: request.max_tokens, seed };
  const { ids, logprobs, ended } = await llama.sample(prompt, sampling);
  const content = logprobs.map((logprob) => ({ token: '', logprob, bytes: [], top_logprobs: [] }));
  const text = llama.textOf(ids);
  return completionBody(text, {
    prompt_token_ids: prompt,
    choices: [choiceOf(text, { token_ids: ids, logprobs: { content }, finish_reason: ended ? 'stop' : 'length' })],
    usage: { prompt_tokens: prompt.length, completion_tokens: ids.length, total_tokens: prompt.length + ids.length },
  });
}
