import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { Role } from '../../../src/domain/record/ledger-rows.ts';
import { mergeTurns, type SampledTurn } from '../../../src/domain/training/merge-turns.ts';
import type { Publication } from '../../../src/domain/training/publication.ts';
import type { TokenSequence } from '../../../src/domain/training/sequence.ts';
import type { Message, Policy } from '../../../src/policy/policy.ts';
import { createTinkerPolicy } from '../../../src/policy/tinker/tinker-policy.ts';
import { createChatTokens } from '../../../src/policy/token-in/chat-tokens.ts';
import type { TrainingStep } from '../../../src/trainer/trainer.ts';
import type { TestSkyrl } from '../../support/run-skyrl.ts';
import { aTokenSequence, aTrainingStep } from '../a-training-step.ts';

const TEMPLATE = `{%- for message in messages -%}{{- '<s>' + message.content + '</s>' -}}{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<s>' -}}{%- endif -%}`;

/** The Tinker policy on the tiny model, whose conversations are `<s>text</s>` after `<s>text</s>`. */
export function aPolicyOn({ url, baseModel }: TestSkyrl): Policy {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-template-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const chatTemplate = join(folder, 'chat_template.jinja');
  writeFileSync(chatTemplate, TEMPLATE);
  return createTinkerPolicy({
    ...{ baseUrl: url, server: 'skyrl', baseModel, vocabularySize: 264 },
    ...{ timeoutMs: 10 * 60_000, retries: 1, maxConcurrency: 1 },
    chat: createChatTokens({ tokenizer: baseModel, chatTemplate }),
  });
}

/** Two turns, in one sequence of 32 tokens at most: the shape that everything here is compiled for. */
export async function rollout(
  policy: Policy,
  { role, seed, publication }: { readonly role: Role; readonly seed: number; readonly publication: Publication },
): Promise<TokenSequence> {
  const turns: SampledTurn[] = [];
  let messages: readonly Message[] = [{ role: 'user', content: role }];
  for (const content of ['?', '']) {
    const { text, tokens, policyVersion } = await policy.sample(
      { role, messages, sampling: { temperature: 1, topP: 1, maxTokens: 8 }, seed, publication },
      { signal: new AbortController().signal },
    );
    if (tokens === undefined) throw new Error('a reply without tokens');
    turns.push({ tokens, policyVersion });
    const conversation = [...tokens.prompt, ...tokens.completion];
    messages = [...messages, { role: 'assistant', content: text, conversation }, { role: 'user', content }];
  }
  const [merged, ...forks] = mergeTurns(turns);
  if (merged === undefined || forks.length > 0) throw new Error('a rollout in tokens is one sequence');
  const name = `${role}-${seed}`;
  return aTokenSequence(name, merged.tokenIds.length, { ...merged, role, groupId: role });
}

/** Of each role a pair of rollouts, one better than the other; two that say the same do not cancel each other. */
export function pairStep(step: number, sequences: readonly TokenSequence[]): TrainingStep {
  const rewarded = sequences.map((sequence, index) => ({ ...sequence, advantage: index % 2 === 0 ? 0.75 : -0.25 }));
  return aTrainingStep(step, rewarded, {
    objective: { loss: 'ppo', ratioMin: 0.8, ratioMax: 1.28 },
    optimizer: { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 },
    denominator: 1,
    groups: [...new Set(sequences.map(({ groupId }) => groupId))],
  });
}
