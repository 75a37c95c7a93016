import pLimit from 'p-limit';

import type { Progress, Running } from '../../src/activities/services/progress.ts';
import type { Services } from '../../src/activities/services/services.ts';
import type { Policy, PolicyRequest } from '../../src/policy/policy.ts';
import { createScriptedPolicy, type PolicyScript } from '../../src/policy/scripted-policy.ts';
import {
  createInMemorySandboxes,
  type CommandHandler,
  type InMemoryHost,
  type InMemoryOptions,
} from '../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import type { Command } from '../../src/sandbox/sandbox.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { aloneAmong } from '../../src/workers/alone-among.ts';

export interface FakeServicesOptions {
  readonly script?: PolicyScript;
  readonly policy?: Policy;
  /** Plays the programs of sandboxes; by default each exits with 0 and says nothing. */
  readonly handler?: CommandHandler;
  readonly sources?: InMemoryOptions['sources'];
  readonly changes?: Partial<Services>;
}

/** A command that some sandbox was asked to run. */
export interface RanCommand {
  readonly sandboxId: string;
  readonly command: Command;
}

/** Services that need nothing: sandboxes and store in memory, and a policy that says what it is told to. */
export async function createFakeServices(options: FakeServicesOptions = {}) {
  const host: InMemoryHost = new Map();
  const asked: PolicyRequest[] = [];
  const ran: RanCommand[] = [];
  const handler: CommandHandler = (command, scene) => {
    ran.push({ sandboxId: scene.sandboxId, command });
    return options.handler?.(command, scene) ?? { exitCode: 0 };
  };
  const policy = counting(options.policy ?? createScriptedPolicy(options.script ?? {}), asked);
  const testRuns = pLimit(2);
  const sandboxes = createInMemorySandboxes(
    { handler, sources: options.sources ?? { '/nowhere/tiny': { 'README.md': 'tiny\n' } } },
    host,
  );
  const services: Services = {
    store: await createInMemoryStore(),
    sandboxes,
    policyFor: () => policy,
    trainerFor: () => {
      throw new Error('this test trains nothing');
    },
    servingFor: () => {
      throw new Error('this test serves nothing');
    },
    testRuns,
    aloneAmongTestRuns: aloneAmong(testRuns),
    loadPatience: { firstWaitMs: 1, boundMs: 60_000 },
    deployment: 'test',
    ...options.changes,
  };
  return { services, asked, ran, host };
}

/** Every call, in the order in which they were made, answered or not. */
function counting(policy: Policy, asked: PolicyRequest[]): Policy {
  return {
    name: policy.name,
    sample: (request, callOptions) => {
      asked.push(request);
      return policy.sample(request, callOptions);
    },
  };
}

/** Progress that nobody reads and nobody stops. */
export function quietProgress(said: string[] = []): Progress {
  return { signal: new AbortController().signal, say: (what) => void said.push(what) };
}

/** Runs steps as they are, without Temporal. */
export const plainly: Running = (step) => step(quietProgress());
