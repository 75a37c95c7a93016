import { aConfiguration } from './run-fixture.ts';

/** What holds where a user says nothing, as the configuration has it. */
export const {
  validation: DEFAULT_VALIDATION,
  rewards: DEFAULT_REWARD,
  strategies: DEFAULT_STRATEGIES,
} = aConfiguration();
