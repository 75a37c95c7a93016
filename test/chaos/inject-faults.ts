import { setTimeout as sleep } from 'node:timers/promises';

import { FAULTS, type FaultKind } from './faults/all-faults.ts';
import type { Fault } from './faults/fault.ts';
import type { Planned } from './schedule.ts';
import type { World } from './world/world.ts';

export interface Injection {
  readonly world: World;
  readonly planned: readonly Planned<FaultKind>[];
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** Lets the faults happen, each at its time, and settles when all are over. */
export async function injectFaults({ world, planned, signal, tell }: Injection): Promise<void> {
  const inTurn = createTurns();
  const under: Promise<void>[] = [];
  for (const plan of planned) {
    await sleep(plan.afterMs, undefined, { signal });
    const fault: Fault = FAULTS[plan.kind];
    const target = fault.target(world, plan.draw);
    under.push(
      inTurn(target, async () => {
        signal.throwIfAborted();
        tell(
          `${String(plan.index + 1).padStart(4)}  ${plan.kind.padEnd(20)} ${target}, ${(plan.lastsMs / 1000).toFixed(1)} s`,
        );
        const end = await fault.begin(world, plan.draw);
        try {
          await sleep(plan.lastsMs, undefined, { signal });
        } finally {
          await end();
        }
      }),
    );
  }
  await Promise.all(under);
}

/** What happens to one target happens one after the other. */
function createTurns(): (target: string, work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (target, work) => {
    const turn = (last.get(target) ?? Promise.resolve()).then(work);
    last.set(target, turn);
    // Who waits for all of them hears of it.
    turn.catch(() => undefined);
    return turn;
  };
}
