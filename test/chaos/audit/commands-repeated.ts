import { turnKey, type CommandTrace, type Evidence } from './evidence.ts';
import { grouped } from './grouped.ts';

/**
 * Commands that ran where the rule says that they do not: in one sandbox a command runs once, another sandbox goes on behind
 * a snapshot or at the beginning, and what runs again there the ledger tells of. Told by what the commands wrote about
 * themselves, twice: on the way out of the sandbox, and into a file that goes with the snapshots and that each of them prints.
 */
export function commandsRepeated(evidence: Evidence): readonly string[] {
  const rollouts = grouped(evidence.traces, ({ rolloutId }) => rolloutId);
  return [
    ...[...rollouts].flatMap(([id, traces]) => ofRollout(id, traces, evidence)),
    ...inSeveral(evidence),
    ...toldByObservations(evidence),
  ];
}

function ofRollout(id: string, traces: readonly CommandTrace[], { ledger }: Evidence): readonly string[] {
  const turns = [...new Set(traces.map(({ turn }) => turn))];
  const saved = ledger.turns.filter((row) => row.rollout_id === id && row.saved_at !== null).map(({ turn }) => turn);
  // The first command behind each snapshot, and the first of all.
  const beginnings = new Set([-1, ...saved].map((snapshot) => Math.min(...turns.filter((turn) => turn > snapshot))));
  return [...grouped(traces, ({ sandbox }) => sandbox)].flatMap(([sandbox, ran]) => {
    const first = ran[0]?.turn ?? 0;
    const began = beginnings.has(first) ? [] : [`${id}: sandbox ${sandbox} begins at ${first}, which is no snapshot`];
    const again = ran.filter(({ turn }, index) => index > 0 && turn <= (ran[index - 1]?.turn ?? -1));
    return [...began, ...again.map(({ turn }) => `${id}: command ${turn} ran again in sandbox ${sandbox}`)];
  });
}

const keyOf = ({ rolloutId, turn }: CommandTrace) => turnKey({ rollout_id: rolloutId, turn });

/** A repeat is journaled before it runs, once for each sandbox; one that was lost before it began is, too. */
function inSeveral({ traces, ledger }: Evidence): readonly string[] {
  const told = grouped(ledger.repeats, turnKey);
  return [...grouped(traces, keyOf)].flatMap(([key, ran]) => {
    const sandboxes = new Set(ran.map(({ sandbox }) => sandbox)).size;
    const repeats = told.get(key)?.length ?? 0;
    return repeats < sandboxes - 1 ? [`${key} ran in ${sandboxes} sandboxes, and the ledger tells of ${repeats}`] : [];
  });
}

/**
 * Each traced command prints the turns that its sandbox has seen: all that have told before it and itself, each once, in
 * order. One that could not write (a full disk) tells nothing, and may be among those that were seen.
 */
function toldByObservations({ ledger, content }: Evidence): readonly string[] {
  return [...grouped(ledger.turns, (row) => row.rollout_id)].flatMap(([id, rows]) => {
    const told = [...rows]
      .sort((one, other) => one.turn - other.turn)
      .flatMap(({ turn }) => {
        const seen = /^trace:((?: \d+)*)$/m.exec(content.observations.get(`${id}#${turn}`) ?? '')?.[1];
        return seen === undefined ? [] : [{ turn, seen: seen.trim().split(' ').map(Number) }];
      });
    return told.flatMap(({ turn, seen }, index) => {
      const expected = told.slice(0, index + 1).map((before) => before.turn);
      const inOrder = seen.every((at, place) => place === 0 || at > (seen[place - 1] ?? -1));
      if (inOrder && expected.every((at) => seen.includes(at))) return [];
      return [`${id}: at turn ${turn} its sandbox has seen ${seen.join(' ')}, not ${expected.join(' ')}`];
    });
  });
}
