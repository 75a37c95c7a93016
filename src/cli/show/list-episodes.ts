import type { CommandContext } from '../command/command-context.ts';
import { renderEpisodeTable } from '../records/episode-table.ts';
import { EXIT } from '../command/exit-codes.ts';
import { readEpisodes } from './find-shown.ts';
import { writeJson } from '../text/output.ts';
import { requireRun } from '../records/require-run.ts';
import { withStore } from '../command/read-store.ts';

export interface ListOptions {
  readonly run?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** Episodes, newest first. */
export async function listEpisodes(context: CommandContext, { run, limit, json }: ListOptions): Promise<number> {
  const episodes = await withStore(context, async ({ ledger }) => {
    await requireRun({ ledger }, run);
    return readEpisodes({ ledger }, { limit, ...(run === undefined ? {} : { runId: run }) });
  });
  if (json === true) writeJson(context.output, { episodes });
  else if (episodes.length === 0) context.messages.write('no episodes yet\n');
  else context.output.write(renderEpisodeTable(episodes, context.output));
  return EXIT.ok;
}
