import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import { environmentOf, type Workplace } from './play-rollout.ts';

export interface ArtifactRun {
  readonly log: string;
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Runs the script of an artifact, then its parser. */
export function runArtifact(place: Workplace, artifact: Readonly<Record<string, string>>): ArtifactRun {
  const script = join(place.scratch, 'script.sh');
  writeFileSync(script, artifact['test_script.sh'] ?? '');
  const { stdout: log } = spawnSync('bash', [script], { cwd: place.tree, env: environmentOf(place), encoding: 'utf8' });
  return { log, ...parseLog(place, artifact, log) };
}

export function parseLog(
  place: Workplace,
  artifact: Readonly<Record<string, string>>,
  log: string,
): Omit<ArtifactRun, 'log'> {
  const parser = join(place.scratch, 'parser.py');
  writeFileSync(parser, artifact['test_parser.py'] ?? '');
  const { stdout } = spawnSync('python3', [parser], { input: log, env: environmentOf(place), encoding: 'utf8' });
  const document: unknown = JSON.parse(stdout);
  const results = Object.entries(z.record(z.string(), z.string()).parse(document));
  const named = (outcome: string) => results.filter(([, each]) => each === outcome).map(([id]) => id);
  return { passed: named('passed').sort(), failed: named('failed').sort() };
}
