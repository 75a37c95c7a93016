import type { BugArtifact } from '../../domain/artifact/bug-artifact.ts';
import type { NamedDiff } from '../tree/tree-state.ts';

export function bugOf({ bugInject }: BugArtifact): NamedDiff {
  return { name: 'bug_inject.diff', diff: bugInject };
}

export function weakeningOf({ testWeaken }: BugArtifact): NamedDiff {
  return { name: 'test_weaken.diff', diff: testWeaken };
}
