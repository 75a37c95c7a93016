import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { findShown } from './find-shown.ts';
import { writeJson } from '../text/output.ts';
import { pageOf } from '../text/page.ts';
import { renderShown } from './render-shown.ts';
import { withStore } from '../command/read-store.ts';
import type { ShownDocument } from './show-documents.ts';

export interface ShowOptions {
  readonly json?: boolean;
  /** Only this turn of a rollout. */
  readonly turn?: number;
  /** Nothing is cut on a terminal. */
  readonly full?: boolean;
}

/** Everything about a run, an episode, a bug or a rollout. */
export async function showRecord(
  context: CommandContext,
  id: string,
  { json, turn, full = false }: ShowOptions,
): Promise<number> {
  const found = await withStore(context, (store) => findShown(store, id));
  if (found === undefined) {
    throw new CommandFailure(
      `nothing has the id ${id}. \`selfplay episodes\` and \`selfplay bugs\` list ids; an episode's rollouts are EPISODE/injector and EPISODE/solver-0, its bug is EPISODE/bug`,
      EXIT.usage,
    );
  }
  const shown = turn === undefined ? found : withOneTurn(found, turn);
  if (json === true) writeJson(context.output, shown);
  else context.output.write(renderShown(shown, pageOf(context.output, full)));
  return EXIT.ok;
}

/** The prompt is what the first turn answers. */
function withOneTurn(shown: ShownDocument, turn: number): ShownDocument {
  if (shown.kind !== 'rollout')
    throw new CommandFailure(`--turn is for rollouts, and what you named is of the kind ${shown.kind}`, EXIT.usage);
  const turns = shown.turns.filter((one) => one.turn === turn);
  if (turns.length > 0) return { ...shown, turns, prompt: turn === 0 ? shown.prompt : [] };
  const there = shown.turns.length === 0 ? 'no turn yet' : `turns 0 to ${shown.turns.at(-1)?.turn ?? 0}`;
  throw new CommandFailure(`${shown.id} has ${there}, and no turn ${turn}`, EXIT.usage);
}
