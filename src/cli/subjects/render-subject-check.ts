import { countOf, formatSeconds, NONE } from '../text/format-values.ts';
import type { Output } from '../text/output.ts';
import { fields, heading } from '../text/sections.ts';
import { visible } from '../text/visible-text.ts';
import type { SubjectCheck, TreeDocument } from './subject-check-document.ts';

/** One subject for a person: what it is like, then what would go wrong. */
export function renderSubjectCheck(check: SubjectCheck, page: Pick<Output, 'colors'>): string {
  const { name, source, boot, tree, findings } = check;
  const booted = boot === null ? NONE : `${boot.backend}, ${formatSeconds(boot.seconds * 1000)}`;
  return [
    heading(name, page),
    fields([['source', source], ['booted', booted], ...(tree === null ? [] : treeFields(tree))]),
    ...findings.map(({ severity, finding, detail }) => `  ${mark(severity, page)} ${finding}: ${visible(detail)}\n`),
    ...(findings.length === 0 ? [`  ${page.colors.green('ok')}\n`] : []),
  ].join('');
}

function mark(severity: 'problem' | 'note', { colors }: Pick<Output, 'colors'>): string {
  return severity === 'problem' ? colors.red('problem') : colors.yellow('note');
}

function treeFields(tree: TreeDocument): readonly (readonly [string, string])[] {
  const { git, languages, runners } = tree;
  return [
    ['tree', `${tree.root}, of ${tree.owner}; agents work as ${tree.user}`],
    ['files', `${tree.files} (${formatBytes(tree.bytes)}), ${countOf(tree.testFiles, 'test file')}`],
    ['languages', languages.map(({ language, files }) => `${language} ${files}`).join(', ') || NONE],
    ['git', git === null ? NONE : `${countOf(git.commits, 'commit')} (${formatBytes(git.bytes)})`],
    ['runners', runners.map(describeRunner).join(', ') || NONE],
    ['programs', tree.programs.join(' ') || NONE],
    ...(tree.compiled === null ? [] : [['compiled', tree.compiled] as const]),
  ];
}

function describeRunner({ runner, from, inPlace }: TreeDocument['runners'][number]): string {
  return `${runner} (${from}${inPlace ? '' : '; not on PATH'})`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(0)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}
