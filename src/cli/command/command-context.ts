import type { Readable } from 'node:stream';

import type { Environment } from '../../config/environment.ts';
import type { Backends } from './backends.ts';
import type { Interrupts } from './interrupts.ts';
import type { Output } from '../text/output.ts';

/** What every command is given. */
export interface CommandContext {
  /** What the command reports; with `--json` nothing but one document. */
  readonly output: Output;
  /** Progress, notes and problems. */
  readonly messages: Output;
  /** What the user types or pipes in; asked for by commands that read it. */
  readonly input: () => InputStream;
  readonly environment: Environment;
  readonly backends: Backends;
  /** Asked for by commands that have something to clean up; others end with the signal. */
  readonly interrupts: () => Interrupts;
}

/** A stream that may be a terminal. */
export type InputStream = Readable & { readonly isTTY?: boolean };
