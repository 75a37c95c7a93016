import { commandsRepeated } from './commands-repeated.ts';
import { episodesDoubled } from './episodes-doubled.ts';
import { episodesLost } from './episodes-lost.ts';
import type { Evidence } from './evidence.ts';
import { openIntents, repliesPaidTwice } from './replies-paid-twice.ts';
import { rewardsDoubled } from './rewards-doubled.ts';
import { verdictsChanged } from './verdicts-changed.ts';

const RULES = {
  episodesLost,
  episodesDoubled,
  rewardsDoubled,
  repliesPaidTwice,
  openIntents,
  commandsRepeated,
  verdictsChanged,
  orphans: ({ remains }: Evidence) => remains,
} as const satisfies Record<string, (evidence: Evidence) => readonly string[]>;

/** What each rule found, a sentence for each. All but `openIntents` are to be empty. */
export type Findings = Readonly<Record<keyof typeof RULES, readonly string[]>>;

/**
 * Judges what a run under faults left behind. It shares no code with what it judges: the ledger is read by plain SQL, blobs
 * by their hash, workflows from their histories, commands and model calls by their own logs, the machine from /proc.
 */
export function audit(evidence: Evidence): Findings {
  return {
    episodesLost: RULES.episodesLost(evidence),
    episodesDoubled: RULES.episodesDoubled(evidence),
    rewardsDoubled: RULES.rewardsDoubled(evidence),
    repliesPaidTwice: RULES.repliesPaidTwice(evidence),
    openIntents: RULES.openIntents(evidence),
    commandsRepeated: RULES.commandsRepeated(evidence),
    verdictsChanged: RULES.verdictsChanged(evidence),
    orphans: RULES.orphans(evidence),
  };
}
