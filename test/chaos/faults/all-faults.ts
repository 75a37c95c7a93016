import type { Fault } from './fault.ts';
import { MACHINE_FAULTS } from './machine-faults.ts';
import { MODEL_FAULTS } from './model-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { SANDBOX_FAULTS } from './sandbox-faults.ts';
import { USER_FAULTS } from './user-faults.ts';

export const FAULTS = {
  ...PROCESS_FAULTS,
  ...SANDBOX_FAULTS,
  ...MODEL_FAULTS,
  ...MACHINE_FAULTS,
  ...USER_FAULTS,
} as const satisfies Record<string, Fault>;

export type FaultKind = keyof typeof FAULTS;
