import { InvalidArgumentError, type Command } from 'commander';

import type { AddSubjectOptions } from './add-subject.ts';
import type { CheckSubjectsOptions } from './check-subjects.ts';
import type { RunCommand } from '../command/run-command.ts';
import { addJson, helpAfter, READING_CODES, setOption } from '../command/command-options.ts';
import type { ListSubjectsOptions } from './list-subjects.ts';

/** `subjects add`, `list` and `check`: what runs are played on. */
export function addSubjects(program: Command, run: RunCommand): void {
  const subjects = program
    .command('subjects')
    .description('add, list and check what runs are played on; no server needed');
  addAdd(subjects, run);
  addList(subjects, run);
  addCheck(subjects, run);
}

const READ_CORPUS = 'the corpus (else ./corpus.jsonl, else cache:all.jsonl, which set-up built)';

function addAdd(subjects: Command, run: RunCommand): void {
  addJson(subjects.command('add').description('write one line to a corpus file'))
    .argument('<source>', 'a directory, a git checkout, or the name of an image')
    .option('--corpus <file>', 'the corpus to write to, made where there is none (else ./corpus.jsonl)')
    .option('--name <name>', 'what runs call it; by default the last part of the source')
    .option('--repo-root <path>', 'where the tree lies inside an image')
    .option('--agent-user <name>', 'who agents work as in an image; by default the owner of the tree')
    .option('--environment <dir>', 'a read-only directory whose bin comes first on PATH')
    .option('--weight <n>', 'how often it is drawn, relative to the others', positiveNumber)
    .addHelpText(
      'after',
      helpAfter(
        [
          'subjects add ../toolz --environment ../environments/python',
          'subjects add registry.example.com/team/project:1.2 --repo-root /app --weight 2',
        ],
        [[0, 'added'], ...READING_CODES.slice(1)],
      ),
    )
    .action((source: string, options: AddSubjectOptions) =>
      run(async (context) => (await import('./add-subject.ts')).addSubject(context, source, options)),
    );
}

function addList(subjects: Command, run: RunCommand): void {
  addJson(subjects.command('list').description('list the subjects of a corpus'))
    .option('--corpus <file>', READ_CORPUS)
    .addHelpText('after', helpAfter(['subjects list', 'subjects list --corpus cache:demo.jsonl --json'], READING_CODES))
    .action((options: ListSubjectsOptions) =>
      run(async (context) => (await import('./list-subjects.ts')).listSubjects(context, options)),
    );
}

function addCheck(subjects: Command, run: RunCommand): void {
  addJson(subjects.command('check').description('boot subjects and tell what would go wrong'))
    .argument('[names...]', 'by default all of the corpus')
    .option('--corpus <file>', READ_CORPUS)
    .addOption(setOption())
    .addHelpText(
      'after',
      helpAfter(
        ['subjects check', 'subjects check toolz --json', 'subjects check --set sandbox.memory_mib=512'],
        [
          [0, 'nothing would go wrong'],
          [1, 'something would'],
          ...READING_CODES.slice(1),
          [130, 'stopped by Ctrl-C, without an answer'],
        ],
      ),
    )
    .action((names: string[], options: CheckSubjectsOptions) =>
      run(async (context) => (await import('./check-subjects.ts')).checkSubjects(context, names, options)),
    );
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It is a number greater than 0.');
}
