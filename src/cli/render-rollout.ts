import { formatNumber, NONE } from './format-values.ts';
import type { Output } from './output.ts';
import { visible } from './render-bug.ts';
import { fields, heading, indent } from './sections.ts';
import type { ShownRollout, TurnDocument } from './show-documents.ts';

/** A rollout as a transcript: what the policy said, what came back, turn by turn. */
export function renderRollout(rollout: ShownRollout, page: Pick<Output, 'columns' | 'colors'>): string {
  const { id, episode, role, attempt, outcome, epoch, grade, prompt, turns } = rollout;
  const sum = (value: (turn: TurnDocument) => number) => turns.reduce((total, turn) => total + value(turn), 0);
  return [
    heading(`rollout ${id}`, page),
    fields([
      ['episode', episode],
      ['role', role === 'solver' ? `solver, attempt ${attempt}` : 'injector'],
      ['outcome', outcome ?? 'at work'],
      ...(grade === null ? [] : [['grade', `${grade.outcome}: ${visible(grade.reason)}`] as const]),
      ['epoch', String(epoch)],
      ['turns', String(turns.length)],
      ['tokens', `${sum((turn) => turn.promptTokens)} read, ${sum((turn) => turn.completionTokens)} written`],
      ['cost', sum((turn) => turn.costUsd) === 0 ? NONE : `${formatNumber(sum((turn) => turn.costUsd))} USD`],
    ]),
    ...prompt.flatMap(({ role: from, content }) => [
      heading(`prompt: ${from}`, page),
      block(page.colors.dim('| '), content),
    ]),
    ...turns.map((turn) => renderTurn(turn, page)),
  ].join('');
}

function renderTurn(turn: TurnDocument, page: Pick<Output, 'colors'>): string {
  const { activity, policyVersion, promptTokens, completionTokens, finish, reply, observation } = turn;
  const title = `turn ${turn.turn}  ${activity ?? 'at work'}, policy ${policyVersion}, ${promptTokens} + ${completionTokens} tokens`;
  return [
    heading(`${title}${finish === 'stop' ? '' : `, ${finish}`}`, page),
    block(page.colors.cyan('> '), reply),
    observation === null
      ? `${page.colors.yellow('  no observation yet')}\n`
      : block(page.colors.dim('| '), observation),
  ].join('');
}

function block(mark: string, text: string): string {
  return text.trim() === '' ? '' : `${indent(visible(text).trimEnd(), mark)}\n`;
}
