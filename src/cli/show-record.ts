import type { CommandContext } from './command-context.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { findShown } from './find-shown.ts';
import { writeJson } from './output.ts';
import { renderShown } from './render-shown.ts';
import { withStore } from './read-store.ts';

export interface ShowOptions {
  readonly json?: boolean;
}

/** Everything about a run, an episode, a bug or a rollout. */
export async function showRecord(context: CommandContext, id: string, { json }: ShowOptions): Promise<number> {
  const shown = await withStore(context, (store) => findShown(store, id));
  if (shown === undefined) {
    throw new CommandFailure(
      `nothing has the id ${id}. \`selfplay episodes\` and \`selfplay bugs\` list ids; an episode's rollouts are EPISODE/injector and EPISODE/solver-0, its bug is EPISODE/bug`,
      EXIT.usage,
    );
  }
  if (json === true) writeJson(context.output, shown);
  else context.output.write(renderShown(shown, context.output));
  return EXIT.ok;
}
