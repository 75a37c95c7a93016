import type { Failure } from '../../language.ts';

/** Whether a failure names what code brings: the name or property that is missing, the error that was not thrown. */
export function asksFor({ message }: Failure, code: string): boolean {
  if (NOT_THROWN.test(message)) return /\bthrow\b/.test(code);
  const name = missingName(message);
  if (name !== undefined) return new RegExp(`(?:\\b(?:var|let|const|function)\\s+|^)${name}\\b`, 'm').test(code);
  const property = missingProperty(message);
  return property !== undefined && new RegExp(`\\.${property}\\s*=(?!=)`).test(code);
}

const NOT_THROWN = /Missing expected (?:exception|rejection)|to throw\b|should throw|did not throw|not thrown/i;

/** The name that a failure says is not there. */
export function missingName(message: string): string | undefined {
  return /^(\w+) is not defined/.exec(message)?.[1];
}

function missingProperty(message: string): string | undefined {
  return /\.(\w+) is not (?:a function|iterable)/.exec(message)?.[1] ?? /reading '(\w+)'/.exec(message)?.[1];
}
