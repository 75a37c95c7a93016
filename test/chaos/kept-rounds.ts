import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { z } from 'zod';

import type { Reference } from './audit/evidence.ts';
import type { RoundRecord } from './chaos-report.ts';

const said = z.array(z.string());
const endSchema = z.object({
  verdict: z.string().nullable(),
  check: z.string().nullable(),
  solveRate: z.number().nullable(),
  results: said,
});
const keptSchema = z.object({
  backend: z.string(),
  seed: z.int(),
  faults: z.int(),
  reference: z.array(z.tuple([z.string(), endSchema])),
  rounds: z.array(
    z.object({
      kinds: said,
      episodes: z.int(),
      findings: z.object({
        ...{ episodesLost: said, episodesDoubled: said, rewardsDoubled: said, repliesPaidTwice: said },
        ...{ openIntents: said, commandsRepeated: said, verdictsChanged: said, orphans: said },
      }),
    }),
  ),
});

/** What has been played of a chaos run; one with the same seed and count goes on behind it. */
export interface KeptRounds {
  readonly rounds: readonly RoundRecord[];
  readonly reference: Reference | undefined;
}

/** What tells one chaos run from another. */
interface Chaos {
  readonly backend: string;
  readonly seed: number;
  readonly faults: number;
}

export function readKeptRounds(file: string, { backend, seed, faults }: Chaos): KeptRounds {
  const none: KeptRounds = { rounds: [], reference: undefined };
  if (!existsSync(file)) return none;
  const kept = keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (kept.backend !== backend || kept.seed !== seed || kept.faults !== faults) return none;
  return { rounds: kept.rounds, reference: new Map(kept.reference) };
}

export function keepRounds(file: string, { reference, ...kept }: Chaos & KeptRounds): void {
  writeFileSync(`${file}.new`, JSON.stringify({ ...kept, reference: [...(reference ?? [])] }));
  renameSync(`${file}.new`, file);
}

export function forgetRounds(file: string): void {
  rmSync(file, { force: true });
}
