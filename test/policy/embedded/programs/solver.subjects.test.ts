import { describe, expect, it } from 'vitest';

import { reverseDiff } from '../../../../src/domain/diff/unified-diff.ts';
import { createEmbeddedPolicy } from '../../../../src/policy/embedded/embedded-policy.ts';
import { aFixtureProject, type FixtureProject } from '../fixture-project.ts';
import { playRollout } from '../play-rollout.ts';
import { solverPrompt } from '../prompts.ts';

const policy = createEmbeddedPolicy();
/** An attempt runs the fixture's tests up to four times; on a loaded machine that takes a while. */
const PATIENCE = 60_000;

const CORRECT = 'number <= self.high';

/** The fixture with an easy bug, without the test that notices it, and the diff that puts the test back. */
function aBrokenProject(): { readonly project: FixtureProject; readonly specification: string } {
  const project = aFixtureProject('unittest');
  project.edit('ranges.py', CORRECT, 'number < self.high');
  project.edit('tests/test_ranges.py', /\n {4}def test_contains_high[\s\S]*?(?=\n {4}def test_lacks_below)/, '');
  const weakening = project.git('diff', '--', 'tests');
  project.git('commit', '--all', '--quiet', '--message', 'what the solver finds');
  return { project, specification: reverseDiff(weakening) };
}

async function solve(project: FixtureProject, specification: string, seed: number) {
  const played = await playRollout(policy, { role: 'solver', prompt: solverPrompt(specification), seed }, project);
  expect(played.ended).toBe(true);
  return { played, patch: played.submission?.['patch.diff'] ?? '' };
}

describe('solver', () => {
  it(
    'repairs an easy bug in some of its attempts, and always hands over a change of code alone',
    async () => {
      const solved: boolean[] = [];
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const { project, specification } = aBrokenProject();
        using _ = project;
        const { patch } = await solve(project, specification, seed);
        expect(patch).toContain('diff --git a/ranges.py b/ranges.py');
        expect(patch).not.toContain('tests/');
        project.git('checkout', '--', '.');
        project.apply(patch);
        solved.push(project.read('ranges.py').includes(CORRECT));
      }
      expect(solved).toContain(true);
    },
    PATIENCE,
  );

  it(
    'runs the tests four times at most, each time for one repair',
    async () => {
      const { project, specification } = aBrokenProject();
      using _ = project;
      const { played } = await solve(project, specification, 3);
      const replies = played.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
      const runs = replies.flatMap((reply) => reply.match(/^(?:cd .* && )?python3 \/tmp\/diagnose\.py/gm) ?? []);
      expect(runs.length).toBeGreaterThan(0);
      expect(runs.length).toBeLessThanOrEqual(4);
    },
    PATIENCE,
  );

  it.each([
    ['there is no specification', ''],
    [
      'the specification does not apply',
      '--- a/tests/test_ranges.py\n+++ b/tests/test_ranges.py\n@@ -1 +1,2 @@\n x\n+y\n',
    ],
    ['the specification is about no test file', '--- a/ranges.py\n+++ b/ranges.py\n@@ -1 +1,2 @@\n x\n+y\n'],
  ])(
    'ends with a submission where %s',
    async (_, specification) => {
      using project = aFixtureProject('unittest');
      const { patch } = await solve(project, specification, 1);
      expect(patch).toContain('diff --git');
    },
    PATIENCE,
  );
});
