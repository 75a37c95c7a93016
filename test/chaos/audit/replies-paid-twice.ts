import { turnKey, type Evidence } from './evidence.ts';
import { grouped } from './grouped.ts';

/**
 * Journaled replies that were asked for again.
 *
 * An incarnation says what it is about to ask for (an intent), and reads the journal after it has its epoch. So an intent of
 * a later epoch than the journaled reply is a reply paid for twice. The model's own log bears witness beside it: every
 * journaled reply is one that it gave, and after that nobody asked again but an earlier incarnation that did not yet know.
 */
export function repliesPaidTwice({ ledger, content, calls }: Evidence): readonly string[] {
  const intents = grouped(ledger.intents, turnKey);
  const asked = grouped(calls, ({ rolloutId, turn }) => turnKey({ rollout_id: rolloutId, turn }));
  return ledger.turns.flatMap((row) => {
    const key = turnKey(row);
    const others = intents.get(key) ?? [];
    const later = others
      .filter(({ epoch }) => epoch > row.epoch)
      .map(({ epoch }) => `${key} is journaled by epoch ${row.epoch} and asked for again by ${epoch}`);
    const text = content.replies.get(key);
    // A policy inside the worker keeps no log.
    const ofTurn = asked.get(key) ?? [];
    if (ofTurn.length === 0 || text === undefined) return later;
    const given = ofTurn.find(({ id, answered }) => answered !== null && text.includes(`[${id}]`));
    if (given?.answered == null) return [...later, `${key} holds a reply that the model did not give`];
    const { answered } = given;
    if (others.some(({ epoch }) => epoch < row.epoch)) return later;
    const again = ofTurn.filter((call) => call.asked > answered);
    return [...later, ...again.map(({ id }) => `${key} was answered by ${given.id} and asked for again by ${id}`)];
  });
}

/** Calls that may have been paid in vain: the one window that no journal closes. Counted, not forbidden. */
export function openIntents({ ledger }: Evidence): readonly string[] {
  const epochs = new Map(ledger.turns.map((row) => [turnKey(row), row.epoch]));
  return ledger.intents
    .filter((intent) => epochs.get(turnKey(intent)) !== intent.epoch)
    .map((intent) => `${turnKey(intent)} by epoch ${intent.epoch}`);
}
