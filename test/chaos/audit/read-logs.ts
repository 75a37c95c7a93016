import { readFileSync } from 'node:fs';

import { z } from 'zod';

import type { CommandTrace, ModelCall } from './evidence.ts';

const callSchema = z.object({
  id: z.string(),
  rolloutId: z.string(),
  turn: z.int(),
  event: z.enum(['asked', 'answered']),
});

/** The model's own log, a line of JSON for each thing that happened to a request. */
export function readModelLog(file: string): readonly ModelCall[] {
  const calls = new Map<string, ModelCall>();
  for (const [at, line] of linesOf(file).entries()) {
    const { id, rolloutId, turn, event } = callSchema.parse(JSON.parse(line));
    const { asked = at } = calls.get(id) ?? {};
    calls.set(id, { id, rolloutId, turn, asked, answered: event === 'answered' ? at : null });
  }
  return [...calls.values()];
}

/** What commands wrote on their way: a line each with the rollout, the turn and what tells the sandbox. */
export function readTraces(file: string): readonly CommandTrace[] {
  return linesOf(file).map((line) => {
    const [rolloutId = '', turn = '', ...sandbox] = line.split(' ');
    return { rolloutId, turn: Number(turn), sandbox: sandbox.join(' ') };
  });
}

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
