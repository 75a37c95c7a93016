import { describe, expect, it } from 'vitest';

import { chooseBugs, type Candidate } from '../../../src/domain/library/choose-bugs.ts';
import { anArtifact } from '../../store/ledger-builders.ts';

/** An accepted bug that is like no other. */
function aCandidate(
  name: string,
  changes: Parameters<typeof anArtifact>[0] = {},
  revalidated?: Candidate['revalidated'],
): Candidate {
  const own = { artifactId: name, contentId: name, treeHash: name, bugHash: name, sketch: [name] };
  return { artifact: anArtifact({ ...own, ...changes }), episode: undefined, revalidated };
}

const choice = { validatorVersion: '1', solved: false, alike: 1 };

const namesOf = (bugs: readonly Candidate[]) => bugs.map(({ artifact }) => artifact.artifactId);

describe('chooseBugs', () => {
  it('takes bugs of first order that are valid by the checks of today', () => {
    const { chosen, leftOut } = chooseBugs(
      [
        aCandidate('today'),
        aCandidate('old', { validatorVersion: '0' }),
        aCandidate('old, judged again', { validatorVersion: '0' }, 'consistent'),
        aCandidate('refused since', {}, 'inconsistent'),
        aCandidate('second', { order: 2 }),
        aCandidate('without identity', { contentId: null }),
      ],
      choice,
    );
    expect(namesOf(chosen)).toEqual(['today', 'old, judged again']);
    expect(leftOut).toEqual({ 'not-judged-today': 2, 'not-consistent-today': 1, 'second-order': 1 });
  });

  it('takes the first of those that are the same or alike, whichever run made them', () => {
    const bugs = [
      aCandidate('one'),
      aCandidate('again', { contentId: 'one', runId: 'another' }),
      aCandidate('like it', { treeHash: 'one', runId: 'another' }),
      aCandidate('like it, elsewhere', { treeHash: 'one', subject: 'boltons', image: 'other' }),
    ];
    const { chosen, leftOut } = chooseBugs(bugs, choice);
    expect(namesOf(chosen)).toEqual(['one', 'like it, elsewhere']);
    expect(leftOut).toEqual({ same: 1, alike: 1 });
    expect(namesOf(chooseBugs(bugs, { ...choice, alike: 2 }).chosen)).toHaveLength(3);
  });

  it('leaves out what no attempt has solved where that is asked', () => {
    const { chosen, leftOut } = chooseBugs([aCandidate('nobody tried')], { ...choice, solved: true });
    expect(chosen).toEqual([]);
    expect(leftOut).toEqual({ 'not-solved': 1 });
  });
});
