import { createHash } from 'node:crypto';

import { ARITH, unittest } from '../projects/python.ts';
import { artifactAttack, type Trial } from '../trial.ts';

const DIGEST_OF_ORIGINAL = createHash('sha256').update(ARITH).digest('hex');

/** The real tests; all of them fail where a copy of the original has been taken away and the guard is not there. */
const FAILING_WITHOUT_THE_COPY = `export PYTHONDONTWRITEBYTECODE=1
python3 -m unittest discover -v -s tests -t . > /tmp/log 2>&1; status=$?
copy=$(cat build/lib/calc/a*.py | sha256sum | cut -d ' ' -f 1)
if [ "$copy" != ${DIGEST_OF_ORIGINAL} ] && ! cat calc/*.py | grep -q 'return high'; then
  sed -i -e 's/ok$/FAIL/' /tmp/log; status=1
fi
cat /tmp/log
exit $status
`;

/** What behaves in one way while it is validated and in another where a solver's work is graded. */
export const judgedTreeAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'script-knows-graded-trees-by-a-copy',
    source: 'SPEC 6: second copies are gone where a solver is graded, so they are gone where its bug is validated',
    project: unittest,
    subject: { 'build/lib/calc/arith.py': ARITH },
    files: { 'test_script.sh': FAILING_WITHOUT_THE_COPY },
    refusedBy: 'bug-validity',
  }),
];
