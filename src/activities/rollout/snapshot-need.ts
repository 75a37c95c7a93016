import type { Turn } from './journal.ts';

/** `if-tree-changed`: it is for the sandbox to say whether there is anything to save. */
export type SnapshotNeed = 'due' | 'if-tree-changed' | 'not-yet';

/** A snapshot for a changed tree costs at most this part of a rollout's time. */
const LARGEST_PART = 1 / 20;

/**
 * What a snapshot is taken to cost, by the size of the one before: a container's whole file system is looked through,
 * and packing takes longer the more files there are. Measured on two cores with five to nine programs to each: 0.1 s with
 * bubblewrap and 0.7 to 1 s with Docker for 0.8 MB packed of 777 files, 1.1 to 1.6 and 1.6 to 2.8 s with ten thousand tiny
 * files more. An idle machine takes a part of that.
 */
const LOOK_MS = 200;
const BYTES_PER_MS = 4_000;

/**
 * Whether a snapshot is to be taken after the last of these turns (docs/specification.md#durability): when
 * `snapshotSeconds` of command time are unsaved, and after a change of the tree once the last one, or the last look that
 * found no change, is long enough ago for its cost.
 */
export function snapshotNeed(
  turns: readonly Turn[],
  {
    snapshotSeconds,
    unchangedAfter = -1,
  }: { readonly snapshotSeconds: number; readonly unchangedAfter?: number | undefined },
): SnapshotNeed {
  const last = turns.at(-1);
  if (last?.observation === undefined || last.observation.ended) return 'not-yet';
  const saved = turns.findLastIndex(({ row }) => row.snapshot !== null);
  const unsaved = turns.slice(saved + 1);
  if (commandMs(unsaved) >= snapshotSeconds * 1000) return 'due';
  const looked = turns.findLastIndex(({ row }) => row.turn === unchangedAfter);
  const since = turns[Math.max(saved, looked)]?.row.observedAt ?? turns[0]?.row.repliedAt ?? '';
  const elapsedMs = Date.parse(last.row.observedAt ?? '') - Date.parse(since);
  const costMs = LOOK_MS + (turns[saved]?.row.snapshot?.bytes ?? 0) / BYTES_PER_MS;
  return costMs <= elapsedMs * LARGEST_PART ? 'if-tree-changed' : 'not-yet';
}

/** Time spent in commands: waiting for the policy or a machine is nobody's doing and counts against nobody. */
export function commandMs(turns: readonly Turn[]): number {
  return turns.reduce((sum, { observation }) => sum + (observation?.commandMs ?? 0), 0);
}
