import type { Role } from '../record/ledger-rows.ts';

/** A group whose rewards are settled: the solvers of an episode, under its id, or the injectors of an injection group. */
export interface SettledGroup {
  readonly groupId: string;
  readonly role: Role;
}

/** A group that waits to be trained on. */
export interface ReadyGroup extends SettledGroup {
  readonly units: number;
  /** The oldest weights that took part. */
  readonly policyVersion: number;
}

/** How large a step is: so many groups, or so many tokens or turns. */
export type BatchSize = { readonly groups: number } | { readonly tokens: number };

/** The groups of the next step, from the front of the queue; undefined while they are too few. */
export function composeBatch(ready: readonly ReadyGroup[], size: BatchSize): readonly ReadyGroup[] | undefined {
  if ('groups' in size) return ready.length >= size.groups ? ready.slice(0, size.groups) : undefined;
  let units = 0;
  for (const [index, group] of ready.entries()) {
    units += group.units;
    if (units >= size.tokens) return ready.slice(0, index + 1);
  }
  return undefined;
}

/** How many whole steps the queue holds. */
export function stepsWaiting(ready: readonly ReadyGroup[], size: BatchSize): number {
  const units = ready.reduce((sum, group) => sum + ('groups' in size ? 1 : group.units), 0);
  return Math.floor(units / ('groups' in size ? size.groups : size.tokens));
}

/** Those that the weights have left too far behind (docs/specification.md#training). */
export function staleAmong(ready: readonly ReadyGroup[], policyVersion: number, maxLag: number): readonly ReadyGroup[] {
  return ready.filter((group) => policyVersion - group.policyVersion > maxLag);
}
