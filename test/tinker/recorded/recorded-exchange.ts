import { readFileSync } from 'node:fs';

import { z } from 'zod';

/** One exchange of a recording (README.md). */
const exchangeSchema = z.object({
  id: z.string(),
  note: z.string(),
  outcome: z.enum(['answered', 'lost', 'refused', 'unavailable', 'taken', 'not-sent']),
  method: z.string(),
  path: z.string(),
  request: z.record(z.string(), z.unknown()).optional(),
  answers: z.array(z.object({ status: z.int(), contentType: z.string(), body: z.unknown().optional() })),
});

export type RecordedExchange = z.infer<typeof exchangeSchema>;
export type RecordedAnswer = RecordedExchange['answers'][number];

export function readRecording(name: 'skyrl-0.3' | 'skyrl-0.4'): readonly RecordedExchange[] {
  return z.array(exchangeSchema).parse(JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')));
}
