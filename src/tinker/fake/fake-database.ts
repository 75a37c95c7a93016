import type { FakeCommand, FakeResult } from './fake-engine.ts';
import type { FakeWeights } from './fake-weights.ts';

/** What a server keeps on disk: it survives the engine. */
export interface FakeDatabase {
  readonly sessions: Map<string, string[]>;
  /** How many commands each model has had. */
  readonly models: Map<string, number>;
  readonly futures: Map<string, FakeFuture>;
  /** By model and number: what was asked for, and the future that it has. */
  readonly numbered: Map<string, { readonly body: string; readonly requestId: string }>;
  /** By path. A name is taken as soon as its save is asked for. */
  readonly names: Map<string, 'pending' | 'complete'>;
  readonly checkpoints: Map<string, FakeWeights>;
  /** Of each sampling session what it samples from: a path, or nothing for the base model. */
  readonly samplers: Map<string, { readonly path: string | undefined }>;
}

export interface FakeFuture {
  readonly command: FakeCommand;
  result: FakeResult | undefined;
}

export function createFakeDatabase(): FakeDatabase {
  return {
    sessions: new Map(),
    models: new Map(),
    futures: new Map(),
    numbered: new Map(),
    names: new Map(),
    checkpoints: new Map(),
    samplers: new Map(),
  };
}
