import type { World } from '../world/world.ts';
import { nothing, pick, type Draw, type Fault } from './fault.ts';

/** Sandboxes come and go; one that is gone by now has met its end. */
function onSandbox(act: 'killSupervisor' | 'remove'): Fault['begin'] {
  return (world: World, draw: Draw) => {
    const standing = world
      .hosts()
      .flatMap(({ sandboxes }) => sandboxes.standing().map((sandbox) => ({ sandboxes, sandbox })));
    const chosen = pick(standing, draw, 'sandbox');
    try {
      if (chosen !== undefined) chosen.sandboxes[act](chosen.sandbox);
    } catch {
      return Promise.resolve(nothing);
    }
    return Promise.resolve(nothing);
  };
}

/** What happens to a sandbox under the rollout that is played in it. */
export const SANDBOX_FAULTS = {
  'supervisor-kill': { target: () => 'a sandbox', begin: onSandbox('killSupervisor') },
  'sandbox-removed': { target: () => 'a sandbox', begin: onSandbox('remove') },
} as const satisfies Record<string, Fault>;
