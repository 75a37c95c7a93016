/**
 * One worker of several: waits for a line on standard input, then asks the endpoint of the first argument as often as the
 * second says, all at once as far as its limit lets it; the third is the seed of its requests.
 */
import { once } from 'node:events';

import { createOpenAIPolicy } from '../../../../src/policy/openai/openai-policy.ts';

const [baseUrl = '', calls = '', seed = ''] = process.argv.slice(2);
const policy = createOpenAIPolicy({
  ...{ baseUrl, model: 'test-model', timeoutMs: 60_000, requestTokenIds: false },
  // So patient that none gives up: what is counted is how often each is refused.
  ...{ retries: 100, firstBackoffMs: 1, maxConcurrency: 32 },
});
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
const messages = [{ role: 'user', content: 'hello' }] as const;
const sampling = { temperature: 1, topP: 1, maxTokens: 10 };
const asked = Array.from({ length: Number(calls) }, () =>
  policy.sample({ role: 'solver', messages, sampling, seed: Number(seed) }, { signal: new AbortController().signal }),
);
process.stdout.write(`${(await Promise.all(asked)).length} answered\n`);
