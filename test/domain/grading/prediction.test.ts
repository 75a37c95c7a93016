import { describe, expect, it } from 'vitest';
import { recountDiff, rungsOf } from '../../../src/domain/diff/patch-leniency.ts';
import { mergeableByKey, readPrediction } from '../../../src/domain/grading/prediction.ts';
import { readDiff } from '../../../src/domain/diff/unified-diff.ts';
import { aChange } from '../checks/facts.ts';

const testFiles = ['pkg/checks.py'];
const miscounted = aChange('pkg/one.py').replace('@@ -1 +1 @@', '@@ -1,7 +1,9 @@').trimEnd();

describe('readPrediction', () => {
  it('keeps the whole diff, what will be put back too', () => {
    const diff = aChange('conftest.py') + aChange('pkg/one.py');
    expect(readPrediction(diff, { testFiles, leniency: 'none' })).toMatchObject({
      gradable: true,
      diff,
      touched: ['conftest.py', 'pkg/one.py'],
      rungs: ['strict'],
    });
  });

  it.each([
    ['an oracle file', aChange('pkg/checks.py')],
    ['a test', aChange('tests/test_new.py')],
    ['what steers the runner', aChange('conftest.py') + aChange('sub/pytest.ini')],
  ])('grades nothing of a diff that changes only %s', (_, diff) => {
    expect(readPrediction(diff, { testFiles, leniency: 'context' })).toMatchObject({ cause: 'nothing-to-grade' });
  });

  it.each(['', 'I fixed it', miscounted, aChange('../evil'), aChange('.git/config')])(
    'does not read %.40j strictly',
    (diff) => {
      expect(readPrediction(diff, { testFiles, leniency: 'none' })).toMatchObject({ cause: 'unreadable-diff' });
    },
  );

  it('recounts a diff where that is configured, and says so', () => {
    const reading = readPrediction(miscounted, { testFiles, leniency: 'whitespace' });
    expect(reading).toMatchObject({
      gradable: true,
      diff: aChange('pkg/one.py').replace('@@ -1 +1 @@', '@@ -1,1 +1,1 @@'),
      rungs: ['recount', 'whitespace'],
    });
  });

  it.each(['none', 'recount', 'whitespace', 'context'] as const)(
    'never reads its way out of the tree (%s)',
    (leniency) => {
      const outside = miscounted.replaceAll('pkg/one.py', '../evil.py');
      expect(readPrediction(outside, { testFiles, leniency })).toMatchObject({ cause: 'unreadable-diff' });
    },
  );
});

describe('leniency', () => {
  it('is a ladder, each way with the ones before it', () => {
    expect(rungsOf('none')).toEqual(['strict']);
    expect(rungsOf('context')).toEqual(['strict', 'recount', 'whitespace', 'context']);
  });

  it('leaves a diff that counts right as it is', () => {
    const diff = aChange('pkg/one.py') + aChange('pkg/two.py');
    expect(recountDiff(diff)).toBe(diff);
  });
});

describe('mergeableByKey', () => {
  const mergeable = (diff: string, path: string) => {
    const reading = readDiff(diff);
    return reading.readable && mergeableByKey(reading.files, path);
  };

  it('takes a plain change of a settings file', () => {
    expect(mergeable(aChange('setup.cfg'), 'setup.cfg')).toBe(true);
  });

  it.each([
    [
      'one that is new',
      aChange('setup.cfg')
        .replace('index', 'new file mode 100644\nindex')
        .replace('--- a/setup.cfg', '--- /dev/null')
        .replace('-1 +1', '-0,0 +1')
        .replace('-old\n', ''),
    ],
    [
      'one whose mode changes',
      aChange('setup.cfg').replace('index', 'old mode 100644\nnew mode 100755\nindex').replace(' 100644\n---', '\n---'),
    ],
    ['one that is a link', aChange('setup.cfg').replaceAll('100644', '120000')],
    ['code', aChange('pkg/one.py')],
  ])('does not take %s', (_, diff) => {
    expect(mergeable(diff, diff.includes('pkg') ? 'pkg/one.py' : 'setup.cfg')).toBe(false);
  });
});
