import { z } from 'zod';

/** Where a configuration names a secret: the variable of the worker's environment that holds it. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the NAME of an environment variable of the worker, never the secret itself');
