import type { World } from '../world/world.ts';
import { nothing, pick, type Draw, type Fault } from './fault.ts';

/** Runs that are there to compare with are nobody's to cancel. */
const runOf = (world: World, draw: Draw) =>
  pick(
    world.runs.open().filter((id) => !id.endsWith('-0') && !world.runs.cancelled.has(id)),
    draw,
    'run',
  );

/** What a user does to a run in the middle of it all. */
export const USER_FAULTS = {
  'run-cancelled': {
    target: () => 'a run',
    begin: async (world, draw) => {
      const run = runOf(world, draw);
      if (run !== undefined) await world.runs.cancel(run);
      return nothing;
    },
  },
  'run-paused': {
    target: () => 'a run',
    begin: async (world, draw) => {
      const run = runOf(world, draw);
      if (run === undefined) return nothing;
      await world.runs.pause(run);
      return () => world.runs.resume(run);
    },
  },
} as const satisfies Record<string, Fault>;
