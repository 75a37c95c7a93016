import { describe, expect, it } from 'vitest';

import { reverseDiff } from '../../../../../src/domain/diff/unified-diff.ts';
import { createEmbeddedPolicy } from '../../../../../src/policy/embedded/embedded-policy.ts';
import { runArtifact } from '../../artifact-runs.ts';
import { playRollout } from '../../play-rollout.ts';
import { injectorPrompt, solverPrompt } from '../../prompts.ts';
import { aTreeFor, TRIED_RUNNERS } from './javascript-tree.ts';

const policy = createEmbeddedPolicy();
/** A rollout runs the tests about ten times; on a loaded machine that takes a while. */
const PATIENCE = 120_000;

describe('the injector', () => {
  it.each(TRIED_RUNNERS.map((runner, index) => [runner, index % 2 === 0 ? 'removal' : 'direct'] as const))(
    'submits a bug that some tests of %s notice and weakened tests do not: %s',
    async (runner, strategy) => {
      using tree = aTreeFor(runner);
      const played = await playRollout(policy, { role: 'injector', prompt: injectorPrompt(strategy), seed: 4 }, tree);
      const artifact = played.submission ?? {};
      tree.git('reset', '--hard', '--quiet');
      expect(runArtifact(tree, artifact).failed).toEqual([]);

      tree.apply(artifact['bug_inject.diff']);
      const buggy = runArtifact(tree, artifact);
      expect(buggy.failed.length).toBeGreaterThan(0);

      tree.apply(artifact['test_weaken.diff']);
      const weakened = runArtifact(tree, artifact);
      expect(weakened.failed).toEqual([]);
      expect(weakened.passed.length).toBeGreaterThan(0);
      expect(buggy.passed).toEqual(expect.arrayContaining([...weakened.passed]));
    },
    PATIENCE,
  );
});

describe('the solver', () => {
  it(
    'repairs an easy bug in some of its attempts, and always hands over a change of code alone',
    async () => {
      const solved: boolean[] = [];
      for (const seed of [1, 2, 3, 4]) {
        using tree = aTreeFor('node:test');
        const clean = tree.read('ranges.js');
        tree.write('ranges.js', clean.replace('size + 1', 'size - 1'));
        const specified = /\n {2}it\("is 1 wide"[\s\S]*?\n {2}\}\);/;
        tree.write('test/ranges.test.js', tree.read('test/ranges.test.js').replace(specified, ''));
        const weakening = tree.git('diff', '--', 'test');
        tree.git('commit', '--all', '--quiet', '--message', 'what the solver finds');
        const prompt = solverPrompt(reverseDiff(weakening));
        const played = await playRollout(policy, { role: 'solver', prompt, seed }, tree);
        const patch = played.submission?.['patch.diff'] ?? '';
        expect(patch).toContain('diff --git a/ranges.js b/ranges.js');
        expect(patch).not.toContain('test/');
        tree.git('checkout', '--', '.');
        tree.apply(patch);
        solved.push(tree.read('ranges.js') === clean);
      }
      expect(solved).toContain(true);
    },
    PATIENCE,
  );

  it(
    'ends with a submission where there is no specification',
    async () => {
      using tree = aTreeFor('tape');
      const played = await playRollout(policy, { role: 'solver', prompt: solverPrompt(''), seed: 1 }, tree);
      expect(played.submission?.['patch.diff']).toContain('diff --git a/ranges.js b/ranges.js');
    },
    PATIENCE,
  );
});
