import type { InjectionStrategy } from '../../../domain/record/ledger-rows.ts';
import type { Message } from '../../policy.ts';

/** What the injector's prompt asks for. */
export interface InjectorTask {
  readonly strategy: InjectionStrategy;
  readonly sourceTree: string;
  readonly artifactDirectory: string;
}

/** What the solver's prompt asks for. */
export interface SolverTask {
  readonly sourceTree: string;
  /** The reversed weakening: what it adds must hold again. */
  readonly specification: string;
}

/** The prompt of an injector, read; the defaults are those of the prompts in `prompts/`. */
export function readInjectorTask(messages: readonly Message[]): InjectorTask {
  const prompt = promptOf(messages);
  return {
    strategy: strategyNamed(field(prompt, 'Injection strategy')),
    sourceTree: field(prompt, 'Source tree') ?? '/repo',
    artifactDirectory: field(prompt, 'Artifact directory') ?? '/tmp/artifact',
  };
}

/** The prompt of a solver, read. A prompt without a diff (an issue in words) gives an empty specification. */
export function readSolverTask(messages: readonly Message[]): SolverTask {
  const prompt = promptOf(messages);
  const fence = /^(`{3,})diff[^\n]*\n([\s\S]*?)^\1`*[ \t]*$/m.exec(prompt);
  return {
    sourceTree: field(prompt, 'Source tree') ?? '/repo',
    specification: (fence?.[2] ?? '').replace(/\n+$/, '\n'),
  };
}

/** The messages after the prompt: replies and observations by turns. */
export function turnsAfterPrompt(messages: readonly Message[]): readonly Message[] {
  return messages.slice(messages.findIndex(({ role }) => role === 'user') + 1);
}

function promptOf(messages: readonly Message[]): string {
  return messages.find(({ role }) => role === 'user')?.content ?? '';
}

function field(prompt: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(\\S.*?)[ \\t]*$`, 'm').exec(prompt)?.[1];
}

function strategyNamed(name: string | undefined): InjectionStrategy {
  return name === 'removal' || name === 'history' ? name : 'direct';
}
