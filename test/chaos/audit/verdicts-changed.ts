import type { EpisodeEnd, Evidence, LedgerTables, Reference } from './evidence.ts';

/** Rewarded episodes that came to anything else than the same episode of a run without faults. */
export function verdictsChanged({ ledger, reference, cancelledRuns }: Evidence): readonly string[] {
  const open = new Set(
    ledger.injection_groups
      .filter(({ run_id: run, settled_at: settled }) => settled === null && cancelledRuns.has(run))
      .map(({ group_id: id }) => id),
  );
  const groups = new Map(ledger.episodes.map((row) => [row.episode_id, row.group_id ?? '']));
  return [...endsOf(ledger)].flatMap(([id, end]) => {
    const settled = reference.get(placeOf(id));
    if (settled === undefined) return [`episode ${id} is none that a run without faults has`];
    const expected = open.has(groups.get(id) ?? '') ? withoutAdvantage(settled) : settled;
    const [came, should] = [JSON.stringify(end), JSON.stringify(expected)];
    return came === should ? [] : [`episode ${id} came to ${came}, without faults to ${should}`];
  });
}

/** An injector's is known when its group is final, and that of a cancelled run may never be. */
function withoutAdvantage(end: EpisodeEnd): EpisodeEnd {
  const results = end.results.map((result) => result.replace(/^(injector .*, advantage ).*$/, '$1none'));
  return { ...end, results };
}

/** What the episodes of a run without faults came to. */
export function referenceOf(ledger: LedgerTables): Reference {
  return new Map([...endsOf(ledger)].map(([id, end]) => [placeOf(id), end]));
}

function endsOf({ episodes, rewards, attempts }: LedgerTables): ReadonlyMap<string, EpisodeEnd> {
  return new Map(
    episodes
      .filter(({ outcome }) => outcome === 'rewarded')
      .map((episode) => {
        const id = episode.episode_id;
        const graded = attempts
          .filter((row) => row.episode_id === id)
          .map((row) => `attempt ${row.attempt}: ${row.outcome}`);
        const paid = rewards
          .filter((row) => row.episode_id === id)
          .map(
            ({ role, attempt, reward, advantage }) =>
              `${role} ${attempt}: ${figure(reward)}, advantage ${figure(advantage)}`,
          );
        const { verdict, check, solve_rate: solveRate } = episode;
        return [id, { verdict, check, solveRate, results: [...graded, ...paid].sort() }];
      }),
  );
}

/** `scripted-3/episode-0` is what `scripted-0/episode-0` is: runs of one kind differ by their number alone. */
function placeOf(episodeId: string): string {
  return episodeId.replace(/-\d+\//, '/');
}

/** Without the last bits, in which two machines may differ. */
function figure(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toFixed(9)));
}
