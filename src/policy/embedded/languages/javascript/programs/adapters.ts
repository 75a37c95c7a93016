import { programText } from '../../../steps/program-text.ts';

/** Parts of programs, and whole ones, that lie beside this file; the parts are put together in the order that they need. */
export function javascriptText(name: string): string {
  return programText(`languages/javascript/programs/${name}.cjs`);
}

/** What runs a file's tests under each runner, by the runner's name; it follows `session.cjs`. */
const ADAPTERS = {
  'node:test': 'node-test-adapter',
  tape: 'tape-adapter',
  mocha: 'mocha-adapter',
  vitest: 'vitest-adapter',
  jest: 'jest-adapter',
} as const;

export type RunnerName = keyof typeof ADAPTERS;

export function isRunnerName(name: string): name is RunnerName {
  return Object.hasOwn(ADAPTERS, name);
}

export function adapterFor(runner: RunnerName): string {
  return javascriptText(ADAPTERS[runner]);
}
