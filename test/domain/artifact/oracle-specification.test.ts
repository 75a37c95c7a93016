import { expect, it } from 'vitest';
import { oracleSpecification } from '../../../src/domain/artifact/oracle-specification.ts';
import { aChange, aRemoval } from '../checks/facts.ts';

it('shows the weakened assertion as one to be added', () => {
  const specification = oracleSpecification({ testWeaken: aRemoval('tests/test_pkg.py', '    assert pkg.one() == 1') });
  expect(specification).toContain('+    assert pkg.one() == 1\n');
  expect(specification).not.toMatch(/^-[^-]/m);
});

it('shows the strong assertion after the weak one', () => {
  expect(oracleSpecification({ testWeaken: aChange('tests/test_pkg.py', 'assert f() == 1', 'assert f()') })).toContain(
    '-assert f()\n+assert f() == 1\n',
  );
});
