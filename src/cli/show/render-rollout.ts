import { formatNumber, formatSeconds, formatTime, NONE } from '../text/format-values.ts';
import type { Page } from '../text/page.ts';
import { fields, heading } from '../text/sections.ts';
import { repeatFields } from '../records/repeat-summary.ts';
import type { ShownRollout, TurnDocument, TurnRepeat } from './show-documents.ts';
import { textBlock } from '../text/text-block.ts';
import { oneLine, visible } from '../text/visible-text.ts';

/** A rollout as a transcript: what the policy said, what came back, turn by turn. */
export function renderRollout(rollout: ShownRollout, page: Page): string {
  const { id, episode, role, attempt, outcome, epoch, audit, grade, prompt, turns, usage, repeats } = rollout;
  const { problem, startedAt, endedAt } = rollout;
  return [
    heading(`rollout ${id}`, page),
    fields([
      ['episode', episode],
      ['role', role === 'solver' ? `solver, attempt ${attempt}` : 'injector'],
      ['outcome', outcome ?? 'at work'],
      ...(problem === null ? [] : [['because', oneLine(problem)] as const]),
      ...(grade === null ? [] : [['grade', `${grade.outcome}: ${oneLine(grade.reason)}`] as const]),
      ...(grade?.signs ?? []).map((sign) => ['sign', visible(sign)] as const),
      ['epoch', String(epoch)],
      ...(audit === null ? [] : [['audit', oneLine(audit)] as const]),
      ['started', formatTime(startedAt)],
      ['time', endedAt === null ? NONE : formatSeconds(Date.parse(endedAt) - Date.parse(startedAt))],
      ['turns', String(usage.turns)],
      ...repeatFields(repeats),
      ['tokens', `${usage.promptTokens} read, ${usage.completionTokens} written`],
      ['cost', usage.costUsd === 0 ? NONE : `${formatNumber(usage.costUsd)} USD`],
    ]),
    ...prompt.flatMap(({ role: from, content }) => [
      heading(`prompt: ${from}`, page),
      textBlock(page.colors.dim('| '), content, page),
    ]),
    ...turns.map((turn) => renderTurn(turn, page)),
  ].join('');
}

function renderTurn(turn: TurnDocument, page: Page): string {
  const { activity, policyVersion, promptTokens, completionTokens, finish, reply, observation } = turn;
  const title = `turn ${turn.turn}  ${activity ?? 'at work'}, policy ${policyVersion}, ${promptTokens} + ${completionTokens} tokens, ${timesOf(turn)}`;
  return [
    heading(`${title}${finish === 'stop' ? '' : `, ${finish}`}`, page),
    textBlock(page.colors.cyan('> '), reply, page),
    observation === null
      ? `${page.colors.yellow('  no observation yet')}\n`
      : textBlock(page.colors.dim('| '), observation, page),
    ...(turn.recalled === null
      ? []
      : [`${page.colors.dim(`  as turn ${turn.recalled.turn} of ${turn.recalled.rollout}: not run again`)}\n`]),
    ...turn.repeats.map((repeat) => renderRepeat(repeat, page)),
  ].join('');
}

function renderRepeat({ finding, sandbox, observation }: TurnRepeat, page: Page): string {
  const line = page.colors.yellow(`  run again in sandbox ${sandbox}: ${FINDINGS[finding]}`);
  return observation === null ? `${line}\n` : `${line}\n${textBlock(page.colors.yellow('! '), observation, page)}`;
}

const FINDINGS: Readonly<Record<TurnRepeat['finding'], string>> = {
  same: 'it came to the same',
  diverged: 'it came to something else; the transcript keeps the first',
  unfinished: 'it has come to nothing, or not yet',
  'outcome-unknown': 'nobody knew what the first time had come to, so this is what it came to',
};

/** How long the reply was waited for, and how long its tool call took. */
function timesOf({ replySeconds, toolSeconds }: TurnDocument): string {
  const tool = toolSeconds === null ? '' : `, tool ${formatSeconds(toolSeconds * 1000)}`;
  return `reply ${formatSeconds(replySeconds * 1000)}${tool}`;
}
