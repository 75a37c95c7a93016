/**
 * A shell script as its syntax tree reads it: what it plainly says, without running it. Words are whole, with what quotes
 * part joined and variables that the script sets itself put in; what cannot be known keeps its `$`.
 */
export interface ShellScript {
  readonly commands: readonly ShellCommand[];
  readonly assignments: readonly ShellAssignment[];
}

/**
 * A command with its arguments; a redirection is one too, by its sign (`>`, `<`), a here-document by `<<`, a question by
 * `[`. Elsewhere, as in the list of a loop, words stand without a command.
 */
export interface ShellCommand {
  readonly words: readonly string[];
  /** The folder that the script has changed to before it, from the tree's root; left out where it is not written out. */
  readonly folder?: string;
}

/** A variable that is set, exported, read or unset; the value is left out where there is none. */
export interface ShellAssignment {
  readonly name: string;
  readonly value?: string;
}

export const EMPTY_SCRIPT: ShellScript = { commands: [], assignments: [] };

/** What stands for a value that was not read to its end: no name that could be looked for. */
export const UNREADABLE = '$(a value too long to be read)';

/** The values that a script gives to one of these variables. */
export function valuesIn({ assignments }: ShellScript, ...names: readonly string[]): readonly string[] {
  return assignments.flatMap(({ name, value }) => (value !== undefined && names.includes(name) ? [value] : []));
}
