import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { sandboxRequest } from '../../src/activities/services/sandbox-request.ts';
import type { Services } from '../../src/activities/services/services.ts';
import { readToolCall } from '../../src/domain/protocol/tool-protocol.ts';
import type { Message } from '../../src/policy/policy.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { openEpisode, settingOf, subject } from './bench-rollout.ts';
import { createSimulatedModel, type SimulatedModel } from './simulated-model.ts';
import { simulatedServices, startSimulation } from './simulated-deployment.ts';

/** A way to keep many rollouts in flight. */
export interface Contestant {
  readonly name: string;
  readonly start: (scene: Scene) => Promise<Playing>;
}

/** Rollouts that have been started. */
export interface Playing {
  /** Processor time of what is no part of this process, so far. */
  readonly othersMs: () => number;
  end(): Promise<void>;
}

export interface Scene {
  readonly rollouts: number;
  readonly model: SimulatedModel;
}

/** Of a run with hundreds of rollouts on a small machine; what a slice costs is then shared by fifteen turns. */
export const SLICE_SECONDS = 30;

/** Rollouts as workflows, journaled, with slices of the given length. */
export function durable(name: string, sliceSeconds: number): Contestant {
  return {
    name,
    start: async ({ rollouts, model }) => {
      const simulation = await startSimulation({ policy: model.policy, capacity: rollouts });
      const settings = range(rollouts).map((index) => settingOf(index, { slice_seconds: sliceSeconds }));
      await openEpisode(simulation.services);
      for (const setting of settings) {
        await simulation.client.workflow.start('agentRollout', {
          taskQueue: 'selfplay',
          workflowId: setting.rolloutId,
          args: [setting],
        });
      }
      return {
        othersMs: () => simulation.serverMs(),
        end: async () => {
          await Promise.all(
            settings.map(({ rolloutId }) => simulation.client.workflow.getHandle(rolloutId).terminate('measured')),
          );
          await simulation.close();
        },
      };
    },
  };
}

/** The same rollouts as plain loops in one process: nothing is journaled, and nothing survives. */
export const plainLoop: Contestant = {
  name: 'plain loop',
  start: async ({ rollouts, model }) => {
    const store = await createInMemoryStore();
    const services = simulatedServices({ policy: model.policy, store });
    const stop = new AbortController();
    // Every rollout listens.
    setMaxListeners(0, stop.signal);
    const loops = range(rollouts).map((index) =>
      playPlainly(services, index, stop.signal).catch(unlessStopped(stop.signal)),
    );
    return {
      othersMs: () => 0,
      end: async () => {
        stop.abort();
        await Promise.all(loops);
        await store.close();
      },
    };
  },
};

async function playPlainly(services: Services, index: number, signal: AbortSignal): Promise<void> {
  const { owner, policy: config, seed, sandbox: limits } = settingOf(index);
  const request = sandboxRequest(services, { owner, subject, config: limits, lifetimeSeconds: 3600 });
  const sandbox = await services.sandboxes.create(request);
  const policy = services.policyFor(config);
  const sampling = { temperature: 1, topP: 1, maxTokens: 1024 };
  const messages: Message[] = [{ role: 'user', content: 'Play.' }];
  for (let turn = 0; !signal.aborted; turn += 1) {
    const { text } = await policy.sample({ role: 'injector', messages, sampling, seed }, { signal });
    const reading = readToolCall(text, 'stop');
    if (reading.kind !== 'call' || reading.call.tool !== 'bash') return;
    const argv = ['bash', '-c', reading.call.command] as const;
    const { stdout } = await sandbox.run({ id: `${index}#${turn}`, argv, timeoutMs: 60_000, outputCapBytes: 65_536 });
    messages.push({ role: 'assistant', content: text }, { role: 'user', content: Buffer.from(stdout.head).toString() });
  }
}

function unlessStopped(signal: AbortSignal) {
  return (error: unknown): void => {
    if (!signal.aborted) throw error;
  };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Turns a second once every rollout has had a reply, over the given time. */
export async function turnsPerSecond(
  contestant: Contestant,
  { rollouts, latencyMs, seconds }: { readonly rollouts: number; readonly latencyMs: number; readonly seconds: number },
): Promise<{ readonly turnsPerSecond: number; readonly cpuMsPerTurn: number; readonly rampSeconds: number }> {
  const model = createSimulatedModel({ latencyMs });
  const started = performance.now();
  const playing = await contestant.start({ rollouts, model });
  try {
    // Each rollout has begun when the rate no longer rises: twice as many replies as rollouts.
    while (model.replies() < 2 * rollouts) await sleep(100);
    const rampSeconds = (performance.now() - started) / 1000;
    const before = { replies: model.replies(), at: performance.now(), cpuMs: cpuMs() + playing.othersMs() };
    await sleep(seconds * 1000);
    const replies = model.replies() - before.replies;
    const usedMs = cpuMs() + playing.othersMs() - before.cpuMs;
    const elapsed = (performance.now() - before.at) / 1000;
    return { turnsPerSecond: replies / elapsed, cpuMsPerTurn: usedMs / replies, rampSeconds };
  } finally {
    await playing.end();
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
