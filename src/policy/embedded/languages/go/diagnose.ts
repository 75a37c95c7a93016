import { hereDocument, quote } from '../../steps/steps.ts';
import type { CalledFunction, Diagnosis, ExecutedLine, Failure, Frame, ObservedRun } from '../language.ts';
import { blocksByPath, executedLinesOf, type CoveredBlock } from './coverage.ts';
import { programText } from '../../steps/program-text.ts';
import { packagesOf } from './test-suite.ts';

/**
 * Under observation each test runs alone on a build with coverage; to see what a repair did, `go test` runs all at once.
 */
export function diagnoseCommand(run: ObservedRun): string {
  const packages = packagesOf(run.testFiles).map(quote).join(' ');
  return run.observed ? observedCommand(run, packages) : plainCommand(run, packages);
}

function observedCommand({ specifiedTests, limitSeconds }: ObservedRun, packages: string): string {
  const specified = quote(specifiedTests.length === 0 ? '-' : specifiedTests.join('|'));
  return `SPECIFIED=${specified} LIMIT=${limitSeconds} bash -s -- ${packages} ${hereDocument(programText('languages/go/programs/diagnose.sh'))}`;
}

/** Building is not what the limit is about, so it gets time of its own; an event is a line of JSON. */
function plainCommand({ limitSeconds }: ObservedRun, packages: string): string {
  const options = `-json -count=1 -vet=off -timeout=${limitSeconds}s`;
  const event = String.raw`^\{"Time":"[^"]*","Action":"(pass|fail)","Package":"[^"]*","Test":"[^"/]*"`;
  return [
    `begin=$SECONDS; timeout -k 1 ${limitSeconds + BUILD_SECONDS} go test ${options} ${packages} < /dev/null 2>&1`,
    ` | grep -E ${quote(event)} | sed -E 's/^.*"Action":"(pass|fail)","Package":"([^"]*)","Test":"([^"]*)".*$/test\\t\\1ed\\t\\2.\\3/'`,
    `; printf 'end\\t%s\\n' $((SECONDS - begin))`,
  ].join('');
}

/** A package and its tests build in under a second; ten times that on a loaded machine with a cold cache. */
const BUILD_SECONDS = 20;

export function readDiagnosis(output: string): Diagnosis | undefined {
  const rows = output.split('\n').map((line) => line.split('\t'));
  const seconds = Number(rows.findLast(([kind]) => kind === 'end')?.[1] ?? NaN);
  if (Number.isNaN(seconds)) return undefined;
  const root = rows.find(([kind]) => kind === 'root')?.[1] ?? '';
  const failures = failuresOf(rows, root);
  const blocks = blocksByPath(rows, root);
  return {
    seconds,
    outcomes: outcomesOf(rows),
    failures,
    called: [...calledFunctions(rows, blocks), ...failures.flatMap(({ frames }) => frames.map(onceFailing))],
    executedLines: [...executedLinesOf(blocks), ...failures.flatMap(({ frames }) => frames.map(onceFailing))],
  };
}

function onceFailing(frame: Frame): CalledFunction & ExecutedLine {
  return { ...frame, byFailing: 1, byPassing: 0 };
}

function outcomesOf(rows: readonly (readonly string[])[]): Diagnosis['outcomes'] {
  const outcomes: Record<string, 'passed' | 'failed'> = {};
  for (const [kind, outcome, id] of rows) {
    if (kind !== 'test' || id === undefined) continue;
    if (outcome === 'failed') outcomes[id] = 'failed';
    else outcomes[id] ??= 'passed';
  }
  return outcomes;
}

function failuresOf(rows: readonly (readonly string[])[], root: string): readonly Failure[] {
  const said = new Map<string, string[]>();
  for (const [kind, id, ...line] of rows) {
    if (kind === 'said' && id !== undefined) said.set(id, [...(said.get(id) ?? []), line.join('\t')]);
  }
  return [...said].slice(0, MOST_FAILURES).map(([testId, lines]) => {
    const frames = framesIn(lines, root);
    const panic = lines.find((line) => /^(?:panic|fatal error): /.test(line));
    return {
      testId,
      error: panic === undefined ? 'failure' : 'panic',
      message: (panic ?? lines.filter((line) => !line.startsWith('--- ')).join('\n')).slice(0, 600),
      frames,
    };
  });
}

const MOST_FAILURES = 20;

/** The frames of a traceback that are in the tree's own code, outermost first. */
function framesIn(lines: readonly string[], root: string): readonly Frame[] {
  const frames = lines.flatMap((line, index) => {
    const [, place = '', number] = /^\s+(\/.*\.go):(\d+)(?: \+0x[0-9a-f]+)?$/.exec(line) ?? [];
    if (number === undefined || !place.startsWith(`${root}/`) || place.endsWith('_test.go')) return [];
    const name = /([\w)]+)\(.*$/.exec(lines[index - 1] ?? '')?.[1] ?? '';
    return [{ path: place.slice(root.length + 1), line: Number(number), name }];
  });
  return frames.slice(0, 12).reverse();
}

/** Functions that failing tests entered: those whose first block they came by. */
function calledFunctions(
  rows: readonly (readonly string[])[],
  blocks: ReadonlyMap<string, readonly CoveredBlock[]>,
): readonly CalledFunction[] {
  const called = [...blocks].flatMap(([path, covered]) => {
    const file = covered[0]?.file;
    const functions = rows
      .filter(([kind, of]) => kind === 'function' && of === file)
      .map(([, , line, declaration = '']) => ({ line: Number(line), name: nameIn(declaration) }));
    return functions.flatMap(({ line, name }, index): readonly CalledFunction[] => {
      const next = functions[index + 1]?.line ?? Infinity;
      const entry = covered.find(({ firstLine }) => firstLine >= line && firstLine < next);
      if (entry === undefined) return [];
      return [{ path, line, name, byFailing: entry.byFailing, byPassing: entry.byPassing }];
    });
  });
  return called.sort((one, other) => other.byFailing - one.byFailing || one.byPassing - other.byPassing).slice(0, 150);
}

/** `(v *Version) Compare(` or `Parse(`. */
function nameIn(declaration: string): string {
  return /^func\s+(?:\([^)]*\)\s*)?(\w+)/.exec(declaration)?.[1] ?? '';
}
