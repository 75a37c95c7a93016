import { expect, it } from 'vitest';
import { artifactFinding } from '../../../src/domain/checks/artifact.ts';
import type { Application, ArtifactFacts } from '../../../src/domain/checks/validation-facts.ts';
import { aChange, anArtifact } from './facts.ts';

const applied = { applied: true } as const;
const refused = (name: string) =>
  ({ applied: false, problem: `${name} does not apply: error: pkg/one.py: patch does not apply` }) as const;

function facts(
  changes: Parameters<typeof anArtifact>[0] = {},
  applications: { readonly bugApplies?: Application; readonly weakeningApplies?: Application } = {},
): ArtifactFacts {
  const artifact = anArtifact(changes);
  return { wellFormed: true, artifact, bugApplies: applied, weakeningApplies: applied, ...applications };
}

it('passes an artifact whose diffs are readable and apply', () => {
  expect(artifactFinding(facts())).toEqual({
    passed: true,
    detail: 'all five files are readable and both diffs apply',
    figures: { bugFiles: 2, weakenedFiles: 1, testFiles: 1 },
  });
});

it.each<[string, ArtifactFacts, string]>([
  ['a file is missing', { wellFormed: false, problem: 'test_parser.py is missing' }, 'test_parser.py is missing'],
  ['the bug is no git diff', facts({ bugInject: 'hello' }), 'bug_inject.diff: line 1 does not begin with "diff --git"'],
  ['the weakening is no git diff', facts({ testWeaken: 'hello' }), 'test_weaken.diff: line 1 does not begin'],
  [
    'the bug leaves the tree',
    facts({ bugInject: aChange('../x') }),
    'bug_inject.diff: the path "../x" has a segment ".."',
  ],
  [
    'the bug has too many files',
    facts({ bugInject: manyChanges(101) }),
    'bug_inject.diff changes 101 files, more than 100',
  ],
  ['the weakening has too many files', facts({ testWeaken: manyChanges(1001) }), 'test_weaken.diff changes 1001 files'],
  [
    'the bug does not apply',
    facts({}, { bugApplies: refused('bug_inject.diff') }),
    'on the original tree bug_inject.diff does not apply: error: pkg/one.py',
  ],
  [
    'the weakening does not apply on top of the bug',
    facts({}, { weakeningApplies: refused('test_weaken.diff') }),
    'on top of the bug test_weaken.diff does not apply: error: pkg/one.py',
  ],
])('fails when %s', (_, artifact, detail) => {
  const finding = artifactFinding(artifact);
  expect(finding.passed).toBe(false);
  expect(finding.detail).toContain(detail);
});

function manyChanges(files: number): string {
  return Array.from({ length: files }, (_, index) => aChange(`f${index}`)).join('');
}
