import type { BugArtifact } from './bug-artifact.ts';
import { reverseDiff } from '../diff/unified-diff.ts';

/**
 * All that a solver is told: the reverse of the test weakening, that is, the behaviour which the hidden tests demand
 * (docs/specification.md#prompt-of-the-solver; paper, Sec. 2.4). A second-order bug keeps its parent's.
 */
export function oracleSpecification({ testWeaken }: Pick<BugArtifact, 'testWeaken'>): string {
  return reverseDiff(testWeaken);
}
