import { normalize } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ARTIFACT_FILES, ARTIFACT_LIMITS, readBugArtifact } from '../../src/domain/artifact/bug-artifact.ts';
import { readDiff } from '../../src/domain/diff/unified-diff.ts';
import { testFilesFinding } from '../../src/domain/checks/test-files.ts';
import { treePathProblem } from '../../src/domain/diff/tree-path.ts';
import { anArtifact, originalFacts } from '../domain/checks/facts.ts';
import { anyLine, anyPath, hugeLine, INPUTS, isReason, SEED } from './hostile-text.ts';

const entry = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('tests/test_pkg.py', './tests/test_pkg.py', 'tests/test_pkg.py\r') },
  { weight: 4, arbitrary: anyPath },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('./', ' ', '\t', './/', '\uFEFF', '../'), anyPath, fc.constantFrom('', ' ', '\r', '/'))
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: anyLine },
);
const list = fc.oneof(
  { weight: 200, arbitrary: fc.array(entry, { maxLength: 4 }).map((lines) => lines.join('\n')) },
  { weight: 1, arbitrary: fc.constantFrom(hugeLine, '\n'.repeat(60_000), 'a\n'.repeat(30_000)) },
);
const lists = fc.sample(list, { numRuns: INPUTS, seed: SEED });

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const artifact = anArtifact();
const texts = {
  'test_script.sh': encode(artifact.testScript),
  'test_files.txt': encode(artifact.testFiles.join('\n')),
  'test_parser.py': encode(artifact.testParser),
  'bug_inject.diff': encode(artifact.bugInject),
  'test_weaken.diff': encode(artifact.testWeaken),
};

function changesOf(diff: string) {
  const reading = readDiff(diff);
  return reading.readable ? reading.files : [];
}

describe(`${INPUTS} lists of test files`, () => {
  const findings = lists.map((text) => {
    const reading = readBugArtifact({ ...texts, 'test_files.txt': encode(text) });
    if (!reading.wellFormed) return { passed: false, detail: reading.problem, paths: [] };
    const [bug, weakening] = [changesOf(artifact.bugInject), changesOf(artifact.testWeaken)];
    const question = {
      artifact: reading.artifact,
      bug,
      weakening,
      original: originalFacts(),
      profile: 'strict' as const,
    };
    return { ...testFilesFinding(question), paths: reading.artifact.testFiles };
  });

  it('are accepted, or refused with a reason', () => {
    const refused = findings.filter(({ passed }) => !passed);
    expect(refused.map(({ detail }) => detail).filter((detail) => !isReason(detail))).toEqual([]);
    expect(refused.length).toBeGreaterThan(INPUTS / 5);
    expect(findings.length - refused.length).toBeGreaterThan(INPUTS / 50);
  });

  it('are accepted only when every path is a file of the tree', () => {
    const files = new Set(originalFacts().tree.files);
    const accepted = findings.flatMap(({ passed, paths }) => (passed ? paths : []));
    expect(accepted.filter((path) => !files.has(path))).toEqual([]);
  });
});

describe(`${INPUTS} paths`, () => {
  const segment = fc.constantFrom(
    '..',
    '.',
    '',
    'a',
    '.git',
    'GIT~1',
    'b c',
    'é',
    'e\u0301',
    '.GIT ',
    'c.',
    '\u200B',
    '~',
  );
  const path = fc.oneof(
    anyPath,
    fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('/')),
  );
  const paths = fc.sample(path, { numRuns: INPUTS, seed: SEED });

  it('that are accepted lie inside the tree and outside of .git, however they are read', () => {
    for (const accepted of paths.filter((candidate) => treePathProblem(candidate) === undefined)) {
      expect(normalize(accepted)).toBe(accepted);
      expect(normalize(`/tree/${accepted}`).startsWith('/tree/')).toBe(true);
      expect(accepted.normalize('NFKC').toLowerCase().split('/')).not.toContain('.git');
    }
  });

  it('that are refused are refused with a reason', () => {
    const reasons = paths.flatMap((candidate) => treePathProblem(candidate) ?? []);
    expect(reasons.filter((reason) => !isReason(reason))).toEqual([]);
    expect(reasons.length).toBeGreaterThan(INPUTS / 5);
    expect(paths.length - reasons.length).toBeGreaterThan(INPUTS / 5);
  });
});

describe(`${INPUTS} submissions`, () => {
  const bytes = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...Object.values(texts)) },
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    { weight: 4, arbitrary: fc.string({ unit: 'binary' }).map(encode) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(encode('\0'), encode(' \n'), encode('\uFEFFx'), Uint8Array.of(0xc3), new Uint8Array()),
    },
  );
  const some = fc.record(Object.fromEntries(ARTIFACT_FILES.map((name) => [name, bytes])), { requiredKeys: [] });
  const all = fc.record(Object.fromEntries(ARTIFACT_FILES.map((name) => [name, bytes])));
  const submissions = [
    ...fc.sample(fc.oneof({ weight: 1, arbitrary: some }, { weight: 4, arbitrary: all }), {
      numRuns: INPUTS - 5,
      seed: SEED,
    }),
    ...ARTIFACT_FILES.map((name) => ({ ...texts, [name]: new Uint8Array(ARTIFACT_LIMITS[name] + 1).fill(97) })),
  ];

  it('are read byte for byte, or refused with a reason', () => {
    const readings = submissions.map((files) => readBugArtifact(files));
    for (const [index, reading] of readings.entries()) {
      if (!reading.wellFormed) expect(isReason(reading.problem)).toBe(true);
      else expect(encode(reading.artifact.bugInject)).toEqual(submissions[index]?.['bug_inject.diff']);
    }
    const refused = readings.filter(({ wellFormed }) => !wellFormed).length;
    expect(refused).toBeGreaterThan(INPUTS / 5);
    expect(readings.length - refused).toBeGreaterThan(INPUTS / 50);
  });
});
