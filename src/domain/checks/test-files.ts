import type { BugArtifact } from '../artifact/bug-artifact.ts';
import type { CheckFinding } from '../record/check-record.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { createShadowTest } from '../steering/python-steering.ts';
import { steersTestRunner } from '../steering/runner-steering.ts';
import { signNames, tamperingSigns } from '../steering/tampering-signs.ts';
import { definedTestNames, testNameOf } from '../report/test-definition.ts';
import { isTestPath } from '../steering/test-paths.ts';
import { reportedIds, reportOf } from '../report/test-status.ts';
import { treePathProblem } from '../diff/tree-path.ts';
import { filesTouchedBy, type FileChange } from '../diff/unified-diff.ts';
import type { OriginalFacts, ValidationConfig } from './validation-facts.ts';

export interface TestFilesQuestion {
  readonly artifact: BugArtifact;
  readonly bug: readonly FileChange[];
  readonly weakening: readonly FileChange[];
  readonly original: OriginalFacts;
  readonly profile: ValidationConfig['profile'];
}

/**
 * The check test-files (docs/specification.md#test-files): every listed path exists in the original tree, and the list
 * holds every file that the weakening touches. Beyond the paper: listed files are test files, the bug keeps away from
 * tests and from what steers their runner, no path leaves the tree, and nothing is a link, a submodule or binary.
 */
export function testFilesFinding(question: TestFilesQuestion): CheckFinding {
  const strict = question.profile === 'strict';
  const finding =
    (strict ? unsafePaths(question) : undefined) ??
    absentFiles(question) ??
    unlistedFiles(question) ??
    unsaidWeakening(question) ??
    (strict ? (tricks(question) ?? notTestFiles(question) ?? bugTouchesTests(question)) : undefined);
  const { testFiles, bugInject } = question.artifact;
  return (
    finding ??
    passes(`${testFiles.length} test files are listed`, {
      testFiles: firstNames(testFiles),
      bugSigns: firstNames(signNames(tamperingSigns(bugInject))),
    })
  );
}

function unsafePaths({ artifact }: TestFilesQuestion): CheckFinding | undefined {
  for (const path of artifact.testFiles) {
    const problem = treePathProblem(path);
    if (problem !== undefined)
      return fails(`test_files.txt: the path ${JSON.stringify(path.slice(0, 200))} ${problem}`);
  }
  return undefined;
}

function absentFiles({ artifact, original }: TestFilesQuestion): CheckFinding | undefined {
  const { tree } = original;
  const links = artifact.testFiles.filter((path) => liesAt(path, tree.symbolicLinks));
  if (links.length > 0)
    return fails(`test_files.txt lists ${nameList(links)}: a symbolic link`, { links: firstNames(links) });
  const nested = artifact.testFiles.filter((path) => liesAt(path, tree.submodules));
  if (nested.length > 0)
    return fails(`test_files.txt lists ${nameList(nested)}: in a submodule`, { nested: firstNames(nested) });
  const files = new Set(tree.files);
  const absent = artifact.testFiles.filter((path) => !files.has(path));
  if (absent.length === 0) return undefined;
  return fails(`test_files.txt lists ${nameList(absent)}, which the original tree does not hold`, {
    absent: firstNames(absent),
  });
}

function liesAt(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}

function unlistedFiles({ artifact, weakening }: TestFilesQuestion): CheckFinding | undefined {
  const listed = new Set(artifact.testFiles);
  const unlisted = filesTouchedBy(weakening).filter((path) => !listed.has(path));
  if (unlisted.length === 0) return undefined;
  return fails(`test_weaken.diff touches ${nameList(unlisted)}, which test_files.txt does not list`, {
    unlisted: firstNames(unlisted),
  });
}

/**
 * The reverse of the weakening is the solver's whole specification (docs/specification.md#bug-artifact), and bytes have
 * no text to be shown in.
 */
function unsaidWeakening({ weakening }: TestFilesQuestion): CheckFinding | undefined {
  const binary = weakening.find((file) => file.special === 'binary');
  return binary && fails(`test_weaken.diff changes ${binary.path}, which is binary`);
}

function tricks({ bug, weakening }: TestFilesQuestion): CheckFinding | undefined {
  const special = [...bug, ...weakening].find((file) => file.special !== undefined);
  if (special?.special === undefined) return undefined;
  const what = special.special === 'symbolic-link' ? 'a symbolic link' : special.special;
  return fails(`the diffs change ${special.path}, which is ${what === 'submodule' ? 'a submodule' : what}`);
}

function notTestFiles({ artifact, original }: TestFilesQuestion): CheckFinding | undefined {
  const names = new Set(original.runs.flatMap((run) => reportedIds(reportOf(run.reading))).map(testNameOf));
  const strangers = artifact.testFiles.filter((path) => {
    if (steersTestRunner(path)) return true;
    if (isTestPath(path)) return false;
    const defined = definedTestNames((original.testFileTexts[path] ?? '').split('\n'));
    return ![...defined].some((name) => names.has(name));
  });
  if (strangers.length === 0) return undefined;
  return fails(
    `test_files.txt lists ${nameList(strangers)}: no test file by place or name, and no reported test is there`,
    {
      strangers: firstNames(strangers),
    },
  );
}

function bugTouchesTests({ artifact, bug, original }: TestFilesQuestion): CheckFinding | undefined {
  const listed = new Set(artifact.testFiles);
  const tests = filesTouchedBy(bug).filter((path) => listed.has(path) || isTestPath(path));
  if (tests.length > 0)
    return fails(`bug_inject.diff touches test files: ${nameList(tests)}`, { tests: firstNames(tests) });
  const ofRunner = new Set(original.bugFilesOfRunner);
  const isShadow = createShadowTest(original.tree.files);
  const steering = filesTouchedBy(bug).filter((path) => steersTestRunner(path) || ofRunner.has(path) || isShadow(path));
  if (steering.length === 0) return undefined;
  return fails(`bug_inject.diff touches what steers the test runner: ${nameList(steering)}`, {
    steering: firstNames(steering),
  });
}
