import { readObservation } from '../../../domain/protocol/observation.ts';
import type { Decision } from '../../../domain/record/decision.ts';
import type { Message } from '../../policy.ts';
import type { Chooser } from '../choice/choose.ts';
import type { Feedback, Step, Steps } from '../steps/steps.ts';

/** What a program does next: its call, or undefined at its end, and the decisions that led there. */
export interface NextTurn {
  readonly call: Step | undefined;
  readonly decisions: readonly Decision[];
}

/**
 * Plays a program through the recorded turns of a transcript and says what comes next.
 *
 * Earlier choices are read from the transcript rather than drawn again: a rollout goes on where it was even if the
 * weights have changed between two of its turns.
 */
export function replayProgram(program: Steps<void>, turns: readonly Message[], chooser: Chooser): NextTurn {
  const replies = turns.filter(({ role }) => role === 'assistant').map(({ content }) => content);
  const feedback = turns.filter(({ role }) => role === 'user').map(({ content }) => toFeedback(content));

  chooser.recall(recordedChoices(replies[0]));
  let step = program.next();
  for (const [turn, learned] of feedback.entries()) {
    if (step.done === true) break;
    chooser.takeDecisions();
    chooser.recall(recordedChoices(replies[turn + 1]));
    step = program.next(learned);
  }
  return { call: step.done === true ? undefined : step.value, decisions: chooser.takeDecisions() };
}

/** The line of a reply that says which of how many candidates were chosen. */
export function renderChoices(decisions: readonly Decision[]): string {
  const choices = decisions.map(({ name, chosen, candidates }) => `${name} ${chosen}/${candidates.length}`);
  return choices.length === 0 ? '' : `Choices: ${choices.join(', ')}\n`;
}

function recordedChoices(reply: string | undefined): readonly number[] {
  const line = /^Choices: (.*)$/m.exec(reply ?? '')?.[1] ?? '';
  return [...line.matchAll(/ (\d+)\/\d+/g)].map(([, chosen]) => Number(chosen));
}

function toFeedback(content: string): Feedback {
  const observation = readObservation(content);
  if (observation === undefined) return { succeeded: false, output: content };
  return { succeeded: / (?:exit code 0|done)$/.test(observation.headline), output: observation.output };
}
