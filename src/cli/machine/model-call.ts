import type { Services } from '../../activities/services/services.ts';
import type { Configuration } from '../../config/configuration.ts';
import { InvalidConfigError, PolicyRequestRejectedError, PolicyUnavailableError } from '../../domain/failure/errors.ts';
import { countOf, formatSeconds } from '../text/format-values.ts';
import { ok, problem, type Diagnosis } from './machine-checks.ts';

/** One token of one short prompt: seconds at a busy server, a minute while it loads the model. */
const CALL_SECONDS = 60;

const REMEDY = 'check policy.base_url, policy.model and what the key may do; --no-model-call leaves this out';

/** One real completion through the policy adapter that runs would use, with the same key; undefined for the embedded policy. */
export async function modelCallDiagnosis(
  { policy, rollout }: Pick<Configuration, 'policy' | 'rollout'>,
  policyFor: Services['policyFor'],
): Promise<Diagnosis | undefined> {
  if (policy.kind === 'embedded') return undefined;
  const timeoutSeconds = Math.min(policy.timeoutSeconds, CALL_SECONDS);
  const startedAt = performance.now();
  try {
    const { usage, policyVersion } = await policyFor({ ...policy, retries: 0, timeoutSeconds }).sample(
      {
        role: 'solver',
        messages: [{ role: 'user', content: 'Say OK.' }],
        sampling: { temperature: rollout.temperature, topP: rollout.topP, maxTokens: 1 },
        seed: 0,
      },
      { signal: new AbortController().signal },
    );
    const time = formatSeconds(performance.now() - startedAt);
    const tokens = `${countOf(usage.promptTokens, 'token')} read, ${usage.completionTokens} written`;
    return ok('model call', `${policy.model} answered in ${time}: ${tokens}, policy version ${policyVersion}`);
  } catch (error) {
    if (error instanceof PolicyUnavailableError || error instanceof PolicyRequestRejectedError)
      return problem('model call', error.message, REMEDY);
    if (error instanceof InvalidConfigError) return problem('model call', error.message, 'check policy.tokenizer');
    throw error;
  }
}
