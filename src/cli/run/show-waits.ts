import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import type { WaitingWorkflow } from '../command/temporal-access.ts';
import { targetFor, type TargetOptions } from '../temporal/temporal-target.ts';
import { formatSeconds, formatTime, NONE } from '../text/format-values.ts';
import { writeJson, type Output } from '../text/output.ts';
import { renderTable } from '../text/table.ts';
import { oneLine } from '../text/visible-text.ts';

/** What `status --stuck --json` writes (docs/json-output.md). */
export interface WaitsDocument {
  /** Null for all runs. */
  readonly run: string | null;
  readonly stuck: readonly WaitingWorkflow[];
}

/** What waits in a run, or in all of them, for what and since when; the oldest first. Only the server knows. */
export async function showWaits(
  { backends, environment, output }: CommandContext,
  runId: string | undefined,
  options: TargetOptions & { readonly json?: boolean },
): Promise<number> {
  const temporal = await backends.connectTemporal(targetFor(backends, environment, options));
  try {
    const document: WaitsDocument = { run: runId ?? null, stuck: await temporal.listWaits(runId) };
    if (options.json === true) writeJson(output, document);
    else output.write(renderWaits(document, Date.now(), output));
    return EXIT.ok;
  } finally {
    await temporal.close();
  }
}

function renderWaits({ run, stuck }: WaitsDocument, nowMs: number, page: Pick<Output, 'columns' | 'colors'>): string {
  if (stuck.length === 0) return `nothing waits${run === null ? '' : ` in ${run}`}\n`;
  return renderTable(
    [
      { title: 'workflow', value: ({ workflowId }) => workflowId, cut: 1 },
      { title: 'waits for', value: ({ waitsFor }) => waitsFor },
      { title: 'since', value: ({ since }) => (since === null ? NONE : formatTime(since)) },
      {
        title: 'for',
        value: ({ since }) => (since === null ? NONE : formatSeconds(nowMs - Date.parse(since))),
        align: 'right',
      },
      { title: 'try', value: ({ attempt }) => (attempt === null ? NONE : String(attempt)), align: 'right' },
      { title: 'says', value: ({ detail }) => oneLine(detail ?? NONE), cut: 2 },
    ],
    stuck,
    page,
  );
}
