import type { CommandWords, OptionWords } from './completion-words.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** A script that a shell sources: everything it offers stands in it, so that no key press starts a process. */
export function completionScript(shell: Shell, commands: readonly CommandWords[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands);
    case 'zsh':
      // bashcompinit is zsh's own emulation of `complete` and `compgen`.
      return `#compdef selfplay\nautoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
    case 'fish':
      return fishScript(commands);
  }
}

/**
 * The command is the first word that names one; words that options take are passed over by their place alone, as
 * commander does. Readline splits words at `=` and `:` too; no value that is offered holds one.
 */
function bashScript(commands: readonly CommandWords[]): string {
  const names = commands.flatMap(({ name }) => (name === '' ? [] : [name]));
  return `_selfplay() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    [[ $word == -- ]] && { COMPREPLY=($(compgen -f -- "$current")); return; }
    case $word in ${names.join('|')}) [[ -z $command ]] && command=$word ;; esac
  done
  COMPREPLY=()
  case "$command $previous" in
${commands.flatMap((command) => command.options.flatMap((option) => bashValues(command, option))).join('')}  esac
  case "$command" in
${commands.map(bashWords).join('')}  esac
}
complete -F _selfplay selfplay
`;
}

function bashValues({ name }: CommandWords, { flag, takes }: OptionWords): readonly string[] {
  if (takes === 'nothing') return [];
  return [`    ${quoted(`${name} ${flag}`)}) ${bashOffer(takes)}return ;;\n`];
}

function bashOffer(takes: Exclude<OptionWords['takes'], 'nothing'>): string {
  if (takes === 'anything') return '';
  const words = takes === 'path' ? '-f' : `-W ${quoted(takes.join(' '))}`;
  return `COMPREPLY=($(compgen ${words} -- "$current")); `;
}

function bashWords({ name, options, values }: CommandWords): string {
  const words = [...values, ...options.map(({ flag }) => flag)].join(' ');
  return `    ${quoted(name)}) COMPREPLY=($(compgen -W ${quoted(words)} -- "$current")) ;;\n`;
}

function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, options, values }) => {
    const when = name === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${name}`;
    const described = (value: string) => commands.find((one) => name === '' && one.name === value)?.description ?? '';
    return [
      ...values.map((value) => `-n ${quoted(when)} -a ${quoted(value)} -d ${quoted(described(value))}`),
      ...options.map((option) => `-n ${quoted(when)} ${fishOption(option)}`),
    ];
  });
  return ['complete -c selfplay -f', ...lines.map((line) => `complete -c selfplay ${line}`), ''].join('\n');
}

function fishOption({ flag, description, takes }: OptionWords): string {
  const named = `-l ${flag.replace(/^--/, '')} -d ${quoted(description)}`;
  if (takes === 'nothing') return named;
  if (takes === 'anything') return `${named} -x`;
  return takes === 'path' ? `${named} -r -F` : `${named} -x -a ${quoted(takes.join(' '))}`;
}

/** bash and zsh end a quoted text at the first `'`; fish understands the same spelling. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
