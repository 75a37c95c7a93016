import { nothing, pick, type Draw, type Fault } from './fault.ts';
import type { World } from '../world/world.ts';

const hostOf = (world: World, draw: Draw) => pick(world.hosts(), draw, 'host');
const nameOf = (world: World, draw: Draw) => hostOf(world, draw)?.machine.name ?? 'no host';

/** What dies with `kill -9`: workers come back by themselves, servers when the fault ends. */
export const PROCESS_FAULTS = {
  'sandbox-worker-kill': {
    target: nameOf,
    begin: (world, draw) => {
      hostOf(world, draw)?.kill();
      return Promise.resolve(nothing);
    },
  },
  'orchestrator-kill': {
    target: ({ orchestrator }) => orchestrator.machine.name,
    begin: ({ orchestrator }) => {
      orchestrator.kill();
      return Promise.resolve(nothing);
    },
  },
  'temporal-kill': {
    target: () => 'temporal',
    begin: async ({ services: { temporal } }) => {
      await temporal.kill();
      return () => temporal.start();
    },
  },
  'postgres-restart': {
    target: () => 'postgres',
    begin: async ({ services: { postgres } }) => {
      await postgres.kill();
      return () => postgres.start();
    },
  },
  'store-away': {
    target: () => 's3',
    begin: async ({ services: { s3 } }) => {
      await s3.kill();
      return () => s3.start();
    },
  },
  'dockerd-kill': {
    target: nameOf,
    begin: (world, draw) => {
      hostOf(world, draw)?.sandboxes.engine?.kill();
      return Promise.resolve(nothing);
    },
  },
  'host-gone': {
    target: () => 'a host for good',
    begin: async (world, draw) => {
      const host = hostOf(world, draw);
      if (host !== undefined) await world.replaceHost(host);
      return nothing;
    },
  },
} as const satisfies Record<string, Fault>;
