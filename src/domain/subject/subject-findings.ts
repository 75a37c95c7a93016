import { nameList } from '../record/finding.ts';
import { languagesOfFiles } from './languages-of-files.ts';
import type { RunnerTrial, SubjectFacts } from './subject-facts.ts';
import { isTestPath } from '../steering/test-paths.ts';
import { testRunnerHints } from './test-runner-hints.ts';

/** Something about a subject that a person has to know. */
export interface SubjectFinding {
  /** `problem`: no episode can be played on it as it is. `note`: episodes can be played, and this is how. */
  readonly severity: 'problem' | 'note';
  readonly finding: string;
  readonly detail: string;
}

type Rule = (facts: SubjectFacts) => SubjectFinding | undefined;

/** What would go wrong on a subject, the problems first. */
export function subjectFindings(facts: SubjectFacts): readonly SubjectFinding[] {
  const found = RULES.map((rule) => rule(facts)).filter((finding) => finding !== undefined);
  return [...found].sort((one, other) => severityOrder(one) - severityOrder(other));
}

const severityOrder = ({ severity }: SubjectFinding) => (severity === 'problem' ? 0 : 1);

// Beyond this a listing of the tree no longer fits what a check may read (64 MiB), and git takes minutes.
const MOST_FILES = 100_000;
// From here on copying, committing and snapshotting a tree are felt: seconds instead of tens of milliseconds.
const MANY_FILES = 20_000;
const MANY_BYTES = 512 * 1024 ** 2;

const LANGUAGE_PROGRAMS: Readonly<Record<string, string>> = {
  python: 'python3',
  javascript: 'node',
  typescript: 'node',
  go: 'go',
  rust: 'cargo',
};

const problem = (finding: string, detail: string): SubjectFinding => ({ severity: 'problem', finding, detail });
const note = (finding: string, detail: string): SubjectFinding => ({ severity: 'note', finding, detail });

const tried = ({ runner, exitCode, said }: RunnerTrial): string =>
  `${runner} (${exitCode === null ? 'did not end' : `exit code ${exitCode}`}${said === '' ? '' : `: ${said}`})`;

const RULES: readonly Rule[] = [
  ({ programs }) => (programs.includes('bash') ? undefined : problem('no-bash', 'agents work in bash; install it')),
  ({ programs }) =>
    programs.includes('git') ? undefined : problem('no-git', 'diffs are made and applied with git; install it'),
  ({ files, listed }) =>
    listed && files.length <= MOST_FILES
      ? undefined
      : problem('too-many-files', `${files.length} files or more, over the limit of ${MOST_FILES}`),
  ({ files }) => (files.length > 0 ? undefined : problem('no-files', 'the tree is empty')),
  ({ files }) =>
    files.length === 0 || files.some(({ path }) => isTestPath(path))
      ? undefined
      : problem('no-test-files', 'no file is a test by its place or name'),
  ({ writable, user, owner }) =>
    writable
      ? undefined
      : problem('not-writable', `the tree belongs to ${owner.name}, and ${user.name} cannot write to it`),
  ({ programs, files }) => {
    const language = languagesOfFiles(files.map(({ path }) => path))[0]?.language ?? '';
    const program = LANGUAGE_PROGRAMS[language];
    if (program === undefined || programs.includes(program)) return undefined;
    return problem('no-language', `most files are ${language}, and ${program} is not there`);
  },
  ({ baselineProblem, programs }) =>
    baselineProblem === null || !programs.includes('git')
      ? undefined
      : problem('no-baseline', `the commit before an injection cannot be made: ${baselineProblem}`),
  ({ wipeProblem, baselineProblem }) =>
    wipeProblem === null || baselineProblem !== null
      ? undefined
      : problem('history-stays', `the history cannot be wiped for solvers: ${wipeProblem}`),
  ({ programs }) =>
    programs.includes('python3')
      ? undefined
      : note('no-python3', 'parsers run in a sandbox of their own, which has python3; agents have none here'),
  ({ owner, user }) =>
    owner.id === 0 ? note('root-owned', `the tree belongs to root; agents work as ${user.name}`) : undefined,
  ({ git }) =>
    git?.dubiousOwnership === true
      ? note('dubious-ownership', 'git refuses the tree to agents until they set safe.directory')
      : undefined,
  ({ git, programs }) => {
    if (!programs.includes('git')) return undefined;
    if (git === null) return note('no-history', 'no git repository: the history strategy finds nothing to revert');
    if (git.commits > 1) return undefined;
    const why = git.shallow ? 'a shallow clone' : `${git.commits} commit`;
    return note('no-history', `${why}: the history strategy finds nothing to revert`);
  },
  ({ git }) =>
    (git?.changed ?? 0) > 0
      ? note(
          'uncommitted',
          `${git?.changed ?? 0} tracked files differ from the last commit; the baseline has them as they are`,
        )
      : undefined,
  ({ git }) =>
    (git?.submodules ?? 0) > 0
      ? note('submodules', `${git?.submodules ?? 0} submodules; their files are part of no diff`)
      : undefined,
  ({ nestedRepositories: nested }) =>
    nested.length > 0
      ? note(
          'nested-repositories',
          `other repositories in the tree, whose history solvers do not see: ${nameList(nested)}`,
        )
      : undefined,
  ({ lfsPointers }) =>
    lfsPointers.length > 0
      ? note('lfs-pointers', `git LFS has not fetched ${nameList(lfsPointers)}; run git lfs pull`)
      : undefined,
  ({ files, git }) => {
    const bytes = files.reduce((sum, file) => sum + file.bytes, git?.bytes ?? 0);
    if (files.length <= MANY_FILES && bytes <= MANY_BYTES) return undefined;
    return note(
      'large',
      `${files.length} files, ${Math.round(bytes / 1024 ** 2)} MiB: each sandbox takes longer to boot`,
    );
  },
  (facts) =>
    facts.goBuildsWarm || !testRunnerHints(facts).some(({ runner, inPlace }) => runner === 'go test' && inPlace)
      ? undefined
      : note(
          'cold-builds',
          'nothing that the Go tests depend on is compiled ahead: each state compiles the standard library; for a directory that takes Go 1.24 or newer and modules that are all there',
        ),
  ({ trials }) => {
    const dead = trials.filter(({ exitCode }) => exitCode === 126 || exitCode === 127);
    return dead.length > 0
      ? problem('runner-broken', `on PATH, and cannot be started: ${nameList(dead.map(tried))}`)
      : undefined;
  },
  ({ trials }) => {
    const failing = trials.filter(({ exitCode }) => exitCode !== 0 && exitCode !== 126 && exitCode !== 127);
    return failing.length > 0
      ? note('runner-complains', `looking for tests, and running none, it fails: ${nameList(failing.map(tried))}`)
      : undefined;
  },
  (facts) => {
    const hints = testRunnerHints(facts);
    if (hints.length === 0 || hints.some(({ inPlace }) => inPlace)) return undefined;
    return note(
      'no-runner',
      `none of the test runners it hints at is on PATH: ${nameList(hints.map(({ runner }) => runner))}`,
    );
  },
];
