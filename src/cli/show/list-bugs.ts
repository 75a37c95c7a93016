import type { BugRow } from '../../domain/record/ledger-rows.ts';
import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import { formatNumber, NONE } from '../text/format-values.ts';
import type { ListOptions } from './list-episodes.ts';
import { writeJson, type Output } from '../text/output.ts';
import { requireRun } from '../records/require-run.ts';
import { renderTable } from '../text/table.ts';
import { withStore } from '../command/read-store.ts';

/** A bug in JSON output (docs/json-output.md). */
export interface BugDocument {
  readonly id: string;
  readonly run: string | null;
  readonly subject: string;
  readonly strategy: string;
  readonly order: number;
  readonly filesChanged: number;
  readonly linesChanged: number;
  /** Numbers of tests. */
  readonly failToPass: number;
  readonly passToPass: number;
  readonly quarantined: number;
  readonly solveRate: number | null;
  readonly parent: string | null;
}

/** Accepted bugs, newest first. */
export async function listBugs(context: CommandContext, { run, limit, json }: ListOptions): Promise<number> {
  const bugs = await withStore(context, async ({ ledger }) => {
    await requireRun({ ledger }, run);
    const rows = await ledger.listBugs({ limit, ...(run === undefined ? {} : { runId: run }) });
    return rows.map(toBugDocument);
  });
  if (json === true) writeJson(context.output, { bugs });
  else if (bugs.length === 0) context.messages.write('no bugs yet\n');
  else context.output.write(renderBugTable(bugs, context.output));
  return EXIT.ok;
}

function toBugDocument({ artifact, episode }: BugRow): BugDocument {
  const { artifactId, runId, subject, strategy, order, filesChanged, linesChanged } = artifact;
  return {
    ...{ id: artifactId, run: runId, subject, strategy, order, filesChanged, linesChanged },
    failToPass: artifact.failToPass.length,
    passToPass: artifact.passToPass.length,
    quarantined: artifact.quarantined.length,
    solveRate: episode?.solveRate ?? null,
    parent: artifact.parentArtifactId,
  };
}

function renderBugTable(bugs: readonly BugDocument[], page: Pick<Output, 'columns' | 'colors'>): string {
  return renderTable(
    [
      { title: 'bug', value: ({ id }) => id, cut: 1 },
      { title: 'subject', value: ({ subject }) => subject, cut: 2 },
      { title: 'strategy', value: ({ strategy }) => strategy },
      { title: 'order', value: ({ order }) => String(order), align: 'right' },
      { title: 'files', value: ({ filesChanged }) => String(filesChanged), align: 'right' },
      { title: 'lines', value: ({ linesChanged }) => String(linesChanged), align: 'right' },
      { title: 'fail', value: ({ failToPass }) => String(failToPass), align: 'right' },
      { title: 'pass', value: ({ passToPass }) => String(passToPass), align: 'right' },
      {
        title: 'solve rate',
        value: ({ solveRate }) => (solveRate === null ? NONE : formatNumber(solveRate)),
        align: 'right',
      },
    ],
    bugs,
    page,
  );
}
