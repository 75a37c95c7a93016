import { JEST_ADAPTER } from './jest-adapter.ts';
import { MOCHA_ADAPTER } from './mocha-adapter.ts';
import { NODE_TEST_ADAPTER } from './node-test-adapter.ts';
import { TAPE_ADAPTER } from './tape-adapter.ts';
import { VITEST_ADAPTER } from './vitest-adapter.ts';

/** What runs a file's tests under each runner, by the runner's name; it follows `SESSION_PROGRAM`. */
export const ADAPTERS = {
  'node:test': NODE_TEST_ADAPTER,
  tape: TAPE_ADAPTER,
  mocha: MOCHA_ADAPTER,
  vitest: VITEST_ADAPTER,
  jest: JEST_ADAPTER,
} as const;

export type RunnerName = keyof typeof ADAPTERS;

export function isRunnerName(name: string): name is RunnerName {
  return Object.hasOwn(ADAPTERS, name);
}
