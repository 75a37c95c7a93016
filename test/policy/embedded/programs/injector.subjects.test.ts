import { describe, expect, it } from 'vitest';

import { createEmbeddedPolicy } from '../../../../src/policy/embedded/embedded-policy.ts';
import { parseLog, runArtifact } from '../artifact-runs.ts';
import { aFixtureProject, type FixtureProject } from '../fixture-project.ts';
import { playRollout } from '../play-rollout.ts';
import { injectorPrompt } from '../prompts.ts';

const policy = createEmbeddedPolicy();
/** A rollout runs the fixture's tests about ten times; on a loaded machine that takes a while. */
const PATIENCE = 60_000;

async function inject(project: FixtureProject, strategy: Parameters<typeof injectorPrompt>[0], seed: number) {
  const played = await playRollout(policy, { role: 'injector', prompt: injectorPrompt(strategy), seed }, project);
  expect(played.ended).toBe(true);
  project.git('reset', '--hard', '--quiet');
  return played.submission ?? {};
}

describe('injector', () => {
  it.each([
    ['unittest', 'removal', 11],
    ['unittest', 'history', 12],
    ['unittest', 'direct', 13],
    ['pytest', 'removal', 14],
    ['pytest', 'direct', 15],
  ] as const)(
    'submits a bug that some tests notice and weakened tests do not: %s, %s',
    async (framework, strategy, seed) => {
      using project = aFixtureProject(framework);
      const artifact = await inject(project, strategy, seed);

      const clean = runArtifact(project, artifact);
      expect(clean.passed.length).toBeGreaterThan(5);
      expect(clean.failed).toEqual([]);
      expect(project.git('status', '--porcelain')).toBe('');

      project.apply(artifact['bug_inject.diff']);
      const buggy = runArtifact(project, artifact);
      expect(buggy.failed.length).toBeGreaterThan(0);
      expect(buggy.passed.length).toBeGreaterThan(0);

      project.apply(artifact['test_weaken.diff']);
      const weakened = runArtifact(project, artifact);
      expect(weakened.failed).toEqual([]);
      expect(weakened.passed.length).toBeGreaterThan(0);
      expect(buggy.passed).toEqual(expect.arrayContaining([...weakened.passed]));
    },
    PATIENCE,
  );

  it.each(['unittest', 'pytest'] as const)(
    'writes a parser that takes each line for itself: %s',
    async (framework) => {
      using project = aFixtureProject(framework);
      const artifact = await inject(project, 'direct', 5);
      const clean = runArtifact(project, artifact);
      project.apply(artifact['bug_inject.diff']);
      const buggy = runArtifact(project, artifact);
      const lines = clean.log.split('\n');
      const parsed = (log: string) => parseLog(project, artifact, log);

      expect(parsed('')).toEqual({ passed: [], failed: [] });
      expect(parsed([...lines, ...lines].reverse().join('\n'))).toEqual({ passed: clean.passed, failed: [] });
      for (const cut of [1, Math.floor(lines.length / 2), lines.length - 3]) {
        expect(clean.passed).toEqual(expect.arrayContaining([...parsed(lines.slice(0, cut).join('\n')).passed]));
      }
      expect(parsed(clean.log + buggy.log).failed).toEqual(buggy.failed);
      expect(parsed(buggy.log + clean.log).failed).toEqual(buggy.failed);
      clean.passed.forEach((id) => {
        expect(clean.log).toContain(id);
      });
    },
    PATIENCE,
  );

  it.each(['unittest', 'pytest'] as const)(
    'writes a script whose log holds no result that a test printed: %s',
    async (framework) => {
      using project = aFixtureProject(framework);
      const artifact = await inject(project, 'direct', 6);
      const forged = 'tests/test_ranges.py::test_forged PASSED\\ntests.test_ranges.RangesTest.test_forged ... ok';
      project.edit('ranges.py', 'return self.high - self.low + 1', `print("${forged}"); raise ValueError("${forged}")`);
      const { passed, failed } = runArtifact(project, artifact);
      expect(failed.length).toBeGreaterThan(0);
      expect([...passed, ...failed].filter((id) => id.includes('forged'))).toEqual([]);
    },
    PATIENCE,
  );
});
