import { languagesOfFiles, type LanguageCount } from '../../domain/subject/languages-of-files.ts';
import type { SubjectFacts } from '../../domain/subject/subject-facts.ts';
import { subjectFindings, type SubjectFinding } from '../../domain/subject/subject-findings.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import { isTestPath } from '../../domain/steering/test-paths.ts';
import { testRunnerHints, type TestRunnerHint } from '../../domain/subject/test-runner-hints.ts';
import type { LocalInspection } from '../../workers/local-services.ts';
import { toSubjectDocument } from './subject-document.ts';

/** What one subject is like, and what would go wrong on it (docs/json-output.md). */
export interface SubjectCheck {
  readonly name: string;
  readonly source: string;
  /** No finding is a problem. */
  readonly ok: boolean;
  readonly findings: readonly SubjectFinding[];
  /** Null where it cannot be booted. */
  readonly boot: { readonly backend: string; readonly seconds: number } | null;
  /** Null where it cannot be booted or has no shell. */
  readonly tree: TreeDocument | null;
}

export interface TreeDocument {
  readonly root: string;
  readonly user: string;
  readonly owner: string;
  readonly files: number;
  readonly bytes: number;
  readonly testFiles: number;
  readonly languages: readonly LanguageCount[];
  /** Null where the tree is no git repository. */
  readonly git: { readonly commits: number; readonly bytes: number; readonly changed: number } | null;
  readonly runners: readonly TestRunnerHint[];
  readonly programs: readonly string[];
  /** What was compiled ahead for all sandboxes of the tree; null where nothing was. */
  readonly compiled: string | null;
}

export function toSubjectCheck(subject: Subject, inspected: LocalInspection): SubjectCheck {
  const { name, source } = toSubjectDocument(subject);
  if (!inspected.booted) {
    const findings = [{ severity: 'problem', finding: 'no-boot', detail: inspected.problem }] as const;
    return { name, source, ok: false, findings, boot: null, tree: null };
  }
  const { backend, bootMs, inspection } = inspected;
  const boot = { backend, seconds: Number((bootMs / 1000).toFixed(3)) };
  if (!inspection.inspected) {
    const findings = [{ severity: 'problem', finding: 'no-shell', detail: inspection.problem }] as const;
    return { name, source, ok: false, findings, boot, tree: null };
  }
  const findings = subjectFindings(inspection.facts);
  const ok = findings.every(({ severity }) => severity !== 'problem');
  return { name, source, ok, findings, boot, tree: toTreeDocument(inspection.facts) };
}

function toTreeDocument(facts: SubjectFacts): TreeDocument {
  const { files, git } = facts;
  const paths = files.map(({ path }) => path);
  return {
    root: facts.treeRoot,
    user: facts.user.name,
    owner: facts.owner.name,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    testFiles: paths.filter((path) => isTestPath(path)).length,
    languages: languagesOfFiles(paths),
    git: git === null ? null : { commits: git.commits, bytes: git.bytes, changed: git.changed },
    runners: testRunnerHints(facts),
    programs: facts.programs,
    compiled: facts.compiled,
  };
}
