import type { Command, Option } from 'commander';

/** What may stand behind a command, as completion knows it. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  /** Values that its argument may have; none where any text will do. */
  readonly values: readonly string[];
}

export interface OptionWords {
  /** `--json`. */
  readonly flag: string;
  readonly description: string;
  /** Whether a word follows: anything, a file, or one of some values. */
  readonly takes: 'nothing' | 'anything' | 'path' | readonly string[];
}

/** The commands of a program, the program itself first and without a name. */
export function commandWords(program: Command): readonly CommandWords[] {
  const own = wordsOf(program);
  const commands = program.createHelp().visibleCommands(program).map(wordsOf);
  return [{ ...own, name: '', values: commands.map(({ name }) => name) }, ...commands.flatMap(withGlobals(own))];
}

/** Options of the program itself are understood behind every command. */
function withGlobals({ options }: CommandWords) {
  return (command: CommandWords): readonly CommandWords[] => {
    const known = new Set(command.options.map(({ flag }) => flag));
    return [{ ...command, options: [...command.options, ...options.filter(({ flag }) => !known.has(flag))] }];
  };
}

function wordsOf(command: Command): CommandWords {
  const options = command.createHelp().visibleOptions(command);
  const nested = command.commands.map((one) => one.name());
  return {
    name: command.name(),
    description: command.description(),
    options: options.flatMap((option) => (option.long == null ? [] : [optionWords(option, option.long)])),
    values: [...nested, ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])],
  };
}

function optionWords({ description, required, optional, argChoices, flags }: Option, flag: string): OptionWords {
  if (!required && !optional) return { flag, description, takes: 'nothing' };
  if (argChoices !== undefined) return { flag, description, takes: argChoices };
  return { flag, description, takes: /<(?:dir|file|path)>/.test(flags) ? 'path' : 'anything' };
}
