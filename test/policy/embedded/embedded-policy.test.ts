import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { reverseDiff } from '../../../src/domain/unified-diff.ts';
import { createEmbeddedPolicy } from '../../../src/policy/embedded-policy.ts';
import { DEFAULT_WEIGHTS, featureNames } from '../../../src/policy/embedded/default-weights.ts';
import { parseLog, runArtifact } from './artifact-runs.ts';
import { aFixtureProject, type FixtureProject } from './fixture-project.ts';
import { playRollout } from './play-rollout.ts';
import { injectorPrompt, solverPrompt } from './prompts.ts';

const policy = createEmbeddedPolicy();
/** A rollout runs the fixture's tests about ten times; on a loaded machine that takes a while. */
const PATIENCE = 60_000;

const STRATEGIES = ['removal', 'history', 'direct'] as const;
const FRAMEWORKS = ['unittest', 'pytest'] as const;

function apply(project: FixtureProject, diff: string | undefined, ...options: readonly string[]): void {
  const file = join(project.scratch, 'applied.diff');
  writeFileSync(file, diff ?? '');
  project.git('apply', ...options, file);
}

function requireFramework(framework: (typeof FRAMEWORKS)[number]): void {
  const { status } = spawnSync('python3', ['-m', framework, '--help']);
  if (status !== 0) {
    throw new Error(`python3 has no ${framework}: install it with "python3 -m pip install ${framework}"`);
  }
}

describe.each(FRAMEWORKS)('injector, %s', (framework) => {
  it.each(STRATEGIES)(
    'submits a bug that some tests notice and the weakened tests do not: %s',
    async (strategy) => {
      requireFramework(framework);
      using project = aFixtureProject(framework);
      const played = await playRollout(
        policy,
        { role: 'injector', prompt: injectorPrompt(strategy), seed: 11 },
        project,
      );
      expect(played.ended).toBe(true);
      const artifact = played.submission ?? {};

      project.git('reset', '--hard', '--quiet');
      project.git('clean', '-fdq');
      const clean = runArtifact(project, artifact);
      expect(clean.passed.length).toBeGreaterThan(5);
      expect(clean.failed).toEqual([]);
      expect(project.git('status', '--porcelain')).toBe('');

      apply(project, artifact['bug_inject.diff']);
      const buggy = runArtifact(project, artifact);
      expect(buggy.failed.length).toBeGreaterThan(0);
      expect(buggy.passed.length).toBeGreaterThan(0);

      apply(project, artifact['test_weaken.diff']);
      const weakened = runArtifact(project, artifact);
      expect(weakened.failed).toEqual([]);
      // A parametrised test that fails for some values is removed whole, so passing cases may go with it.
      expect(buggy.passed).toEqual(expect.arrayContaining([...weakened.passed]));
      expect(weakened.passed.length).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    'writes a parser that takes each line for itself',
    async () => {
      requireFramework(framework);
      using project = aFixtureProject(framework);
      const { submission = {} } = await playRollout(
        policy,
        { role: 'injector', prompt: injectorPrompt('direct'), seed: 5 },
        project,
      );
      apply(project, submission['test_weaken.diff'], '-R');
      const buggy = runArtifact(project, submission);
      project.git('checkout', '--', '.');
      const clean = runArtifact(project, submission);
      const lines = clean.log.split('\n');

      expect(parseLog(project, submission, '')).toEqual({ passed: [], failed: [] });
      expect(parseLog(project, submission, [...lines, ...lines].reverse().join('\n')).passed).toEqual(clean.passed);
      for (const cut of [1, Math.floor(lines.length / 2), lines.length - 3]) {
        const { passed } = parseLog(project, submission, lines.slice(0, cut).join('\n'));
        expect(clean.passed).toEqual(expect.arrayContaining([...passed]));
      }
      for (const log of [clean.log + buggy.log, buggy.log + clean.log]) {
        expect(parseLog(project, submission, log).failed).toEqual(buggy.failed);
      }
      clean.passed.forEach((id) => {
        expect(clean.log).toContain(id);
      });
    },
    PATIENCE,
  );
});

describe('solver', () => {
  const EASY_BUG = ['number <= self.high', 'number < self.high'] as const;

  /** The fixture with a bug whose tests were taken away, and the diff that puts them back. */
  function aBrokenProject(): { readonly project: FixtureProject; readonly specification: string } {
    const project = aFixtureProject('unittest');
    edit(project, 'ranges.py', ...EASY_BUG);
    edit(
      project,
      'tests/test_ranges.py',
      /\n {4}def test_contains_high[\s\S]*?(?=\n {4}def test_lacks_below)/.exec(
        read(project, 'tests/test_ranges.py'),
      )?.[0] ?? '',
      '',
    );
    const weakening = project.git('diff', '--', 'tests');
    project.git('commit', '--all', '--quiet', '--message', 'state of the solver');
    return { project, specification: reverseDiff(weakening) };
  }

  it(
    'repairs an easy bug in some of its attempts, and always hands over a change of code',
    async () => {
      let solved = 0;
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const { project, specification } = aBrokenProject();
        using _ = project;
        const played = await playRollout(
          policy,
          { role: 'solver', prompt: solverPrompt(specification), seed },
          project,
        );
        expect(played.ended).toBe(true);
        const patch = played.submission?.['patch.diff'] ?? '';
        expect(patch).toContain('diff --git a/ranges.py b/ranges.py');
        expect(patch).not.toContain('tests/');
        project.git('checkout', '--', '.');
        apply(project, patch);
        if (read(project, 'ranges.py').includes(EASY_BUG[0])) solved += 1;
      }
      expect(solved).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    'runs the tests four times at most',
    async () => {
      const { project, specification } = aBrokenProject();
      using _ = project;
      const { messages } = await playRollout(
        policy,
        { role: 'solver', prompt: solverPrompt(specification), seed: 3 },
        project,
      );
      const runs = messages.filter(({ role, content }) => role === 'assistant' && content.includes('diagnose.py '));
      expect(runs.length).toBeGreaterThan(0);
      expect(runs.length).toBeLessThanOrEqual(5);
    },
    PATIENCE,
  );

  it(
    'ends with a submission even where nothing can be run',
    async () => {
      using project = aFixtureProject('unittest');
      const played = await playRollout(policy, { role: 'solver', prompt: 'Source tree: /repo', seed: 1 }, project);
      expect(played.ended).toBe(true);
      expect(played.submission?.['patch.diff']).toContain('diff --git');
    },
    PATIENCE,
  );
});

describe('reply', () => {
  const signal = new AbortController().signal;
  const sampling = { temperature: 1, topP: 1, maxTokens: 32768 };

  it(
    'is the same wherever a rollout goes on',
    async () => {
      using project = aFixtureProject('unittest');
      const task = { role: 'injector' as const, prompt: injectorPrompt('removal'), seed: 23 };
      const { messages } = await playRollout(policy, task, project);
      for (let turn = 2; turn < messages.length; turn += 2) {
        const request = { role: 'injector' as const, messages: messages.slice(0, turn), sampling, seed: 23 };
        const { text } = await createEmbeddedPolicy().sample(request, { signal });
        expect(text).toBe(messages[turn]?.content);
      }
    },
    PATIENCE,
  );

  it(
    'differs between seeds',
    async () => {
      const tries = [1, 2, 3, 4].map(async (seed) => {
        using project = aFixtureProject('unittest');
        const task = { role: 'injector' as const, prompt: injectorPrompt('direct'), seed };
        return (await playRollout(policy, task, project)).submission?.['bug_inject.diff'];
      });
      expect(new Set(await Promise.all(tries)).size).toBeGreaterThan(1);
    },
    PATIENCE,
  );

  it(
    'goes on where it was when the weights change in mid-rollout',
    async () => {
      using project = aFixtureProject('unittest');
      const task = { role: 'injector' as const, prompt: injectorPrompt('direct'), seed: 2 };
      const { messages } = await playRollout(policy, task, project);
      const last = messages.length - 1;
      const weights = Object.fromEntries(
        Object.entries(DEFAULT_WEIGHTS).map(([name, values]) => [name, values.map((value) => -value)]),
      );
      const other = createEmbeddedPolicy({ weights: { ...DEFAULT_WEIGHTS, ...weights }, policyVersion: 9 });
      const request = { role: 'injector' as const, messages: messages.slice(0, last - 1), sampling, seed: 2 };
      const reply = await other.sample(request, { signal });
      expect(reply.text).toBe(messages[last - 1]?.content);
      expect(reply.policyVersion).toBe(9);
    },
    PATIENCE,
  );

  it(
    'records each decision with its candidates and its log-probability',
    async () => {
      using project = aFixtureProject('unittest');
      const task = { role: 'injector' as const, prompt: injectorPrompt('direct'), seed: 4 };
      const { decisions } = await playRollout(policy, task, project);
      expect(decisions.map(({ name }) => name)).toContain('breaking-edit');
      for (const { candidates, chosen, logprob } of decisions) {
        expect(candidates.length).toBeGreaterThan(1);
        expect(chosen).toBeLessThan(candidates.length);
        expect(logprob).toBeLessThanOrEqual(0);
        expect(Number.isFinite(logprob)).toBe(true);
      }
      const widths = decisions.map(({ candidates }) => candidates[0]?.length);
      expect(widths).toContain(featureNames('breaking-edit').length);
    },
    PATIENCE,
  );

  it('ends a rollout that asks for nothing it knows', async () => {
    const { finish, usage } = await policy.sample(
      { role: 'solver', messages: [{ role: 'user', content: 'ünïcode' }], sampling, seed: 1 },
      { signal },
    );
    expect(finish).toBe('stop');
    expect(usage.completionTokens).toBeGreaterThan(0);
  });
});

function read(project: FixtureProject, path: string): string {
  return readFileSync(join(project.tree, path), 'utf8');
}

function edit(project: FixtureProject, path: string, before: string, after: string): void {
  writeFileSync(join(project.tree, path), read(project, path).replace(before, after));
}
