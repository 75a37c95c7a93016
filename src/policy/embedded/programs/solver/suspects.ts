import { flag, logOf } from '../../choice/features.ts';
import type { CodeRegion, Diagnosis, Frame } from '../../languages/language.ts';
import type { Features } from '../../choice/default-weights.ts';

/** A function that may hold the bug. */
export interface Suspect {
  readonly path: string;
  readonly region: CodeRegion;
  readonly features: Features<'suspect-function'>;
}

/** Files of the library in the order in which they are worth reading. */
export function suspiciousFiles({ called, failures }: Diagnosis): readonly string[] {
  const scores = new Map<string, number>();
  const add = (path: string, score: number) => scores.set(path, (scores.get(path) ?? 0) + score);
  for (const each of called) add(each.path, each.byFailing / (1 + each.byPassing));
  for (const { frames } of failures) {
    const last = frames.at(-1);
    if (last !== undefined) add(last.path, 3);
  }
  return [...scores].sort(([, one], [, other]) => other - one).map(([path]) => path);
}

/** The functions of one file that failing tests went through; all of them where nothing is known. */
export function suspectsIn(
  path: string,
  regions: readonly CodeRegion[],
  diagnosis: Diagnosis,
  specification: string,
): readonly Suspect[] {
  const totalFailing = countFailing(diagnosis);
  const lines = suspiciousLines(path, diagnosis);
  const suspects = regions.map((region): Suspect => {
    const covers = (frame: Frame) => frame.path === path && regionOf(regions, frame.line) === region;
    const called = diagnosis.called.find(covers);
    const { byFailing = 0, byPassing = 0 } = called ?? {};
    const frames = diagnosis.failures.map((failure) => failure.frames);
    return {
      path,
      region,
      features: {
        'failing-share': byFailing / totalFailing,
        suspiciousness: suspiciousness({ byFailing, byPassing }, totalFailing),
        'line-suspiciousness': Math.max(0, ...linesOf(region).map((line) => lines.get(line) ?? 0)),
        'in-traceback': flag(frames.some((trace) => trace.some(covers))),
        'deepest-in-traceback': flag(frames.some((trace) => trace.slice(-1).some(covers))),
        'mentioned-in-specification': flag(new RegExp(`\\b${region.name}\\b`).test(specification)),
        'log-lines': logOf(region.lastLine - region.firstLine),
      },
    };
  });
  const seen = suspects.filter(({ features }) => features['failing-share'] !== 0 || features['in-traceback'] === 1);
  return seen.length > 0 ? seen : suspects;
}

function linesOf({ firstLine, lastLine }: CodeRegion): readonly number[] {
  return Array.from({ length: lastLine - firstLine }, (_, index) => firstLine + index + 1);
}

/** How suspicious the lines of a file are, by line. */
export function suspiciousLines(path: string, diagnosis: Diagnosis): ReadonlyMap<number, number> {
  const totalFailing = countFailing(diagnosis);
  const lines = diagnosis.executedLines.filter((line) => line.path === path);
  return new Map(lines.map((counts) => [counts.line, suspiciousness(counts, totalFailing)]));
}

interface Spectrum {
  readonly byFailing: number;
  readonly byPassing: number;
}

/** Ochiai's coefficient (Abreu et al. 2007): high for what failing tests came by and passing ones did not. */
function suspiciousness({ byFailing, byPassing }: Spectrum, totalFailing: number): number {
  return byFailing === 0 ? 0 : Math.min(1, byFailing / Math.sqrt(totalFailing * (byFailing + byPassing)));
}

function countFailing({ outcomes }: Diagnosis): number {
  return Math.max(1, Object.values(outcomes).filter((outcome) => outcome === 'failed').length);
}

/** The innermost function that a line belongs to; decorators belong to their function. */
function regionOf(regions: readonly CodeRegion[], line: number): CodeRegion | undefined {
  return regions
    .filter(({ firstLine, lastLine }) => line >= firstLine && line <= lastLine)
    .sort((one, other) => one.lastLine - one.firstLine - (other.lastLine - other.firstLine))[0];
}
