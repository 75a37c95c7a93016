import type { Findings } from './audit/audit.ts';

/** What `npm run chaos` writes: how often what happened, and what the audit found. All but the first three and `openIntents` are to be 0. */
export interface ChaosReport {
  readonly faults: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly episodes: number;
  readonly episodesLost: number;
  readonly episodesDoubled: number;
  readonly rewardsDoubled: number;
  readonly repliesPaidTwice: number;
  /** Calls that may have been paid in vain: the one window that no journal closes. */
  readonly openIntents: number;
  readonly commandsRepeated: number;
  readonly verdictsChanged: number;
  readonly orphans: number;
}

/** A round as far as the report needs it. */
export interface RoundRecord {
  readonly kinds: readonly string[];
  readonly episodes: number;
  readonly findings: Findings;
}

export function reportOf(rounds: readonly RoundRecord[]): ChaosReport {
  const kinds = rounds.flatMap((round) => round.kinds);
  const byKind: Record<string, number> = {};
  for (const kind of [...kinds].sort()) byKind[kind] = (byKind[kind] ?? 0) + 1;
  const found = (rule: keyof Findings) => rounds.reduce((sum, { findings }) => sum + findings[rule].length, 0);
  return {
    faults: kinds.length,
    byKind,
    episodes: rounds.reduce((sum, { episodes }) => sum + episodes, 0),
    episodesLost: found('episodesLost'),
    episodesDoubled: found('episodesDoubled'),
    rewardsDoubled: found('rewardsDoubled'),
    repliesPaidTwice: found('repliesPaidTwice'),
    openIntents: found('openIntents'),
    commandsRepeated: found('commandsRepeated'),
    verdictsChanged: found('verdictsChanged'),
    orphans: found('orphans'),
  };
}

/** Whether nothing was found that is not to be. */
export function isClean({ findings }: Pick<RoundRecord, 'findings'>): boolean {
  return Object.entries(findings).every(([rule, said]) => rule === 'openIntents' || said.length === 0);
}
