import { buffer } from 'node:stream/consumers';

import type { PatchSource } from '../../workers/local-services.ts';
import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import { judge, type JudgementOptions } from './local-judgement.ts';
import { writeJson } from '../text/output.ts';
import { describeVerdict } from './validate-bug.ts';

export interface GradeOptions extends JudgementOptions {
  readonly patch: string;
}

/** Grades a solver's diff on an artifact, which is validated first. */
export async function gradePatch(context: CommandContext, options: GradeOptions): Promise<number> {
  const source = await readPatchSource(context, options.patch);
  const graded = await judge(context, options, (services, request) => services.grade({ ...request, ...source }));
  if (graded === undefined) return context.interrupts().exitCode() ?? EXIT.infrastructure;
  const { verdict, check, detail, figures, validatorVersion } = graded;
  if (options.json === true) writeJson(context.output, { verdict, check, detail, validatorVersion, figures });
  else context.output.write(describeVerdict({ verdict, check, detail }));
  return verdict === 'solved' ? EXIT.ok : EXIT.no;
}

/** `-` is standard input, to its end. */
async function readPatchSource({ input }: CommandContext, patch: string): Promise<PatchSource> {
  return patch === '-' ? { patch: await buffer(input()) } : { patchFile: patch };
}
