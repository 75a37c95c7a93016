import { valuesIn, type ShellScript } from './shell-script.ts';

/**
 * The flags by which a script has `go` put programs or texts of the script's own in the place of what it builds and runs
 * (docs/specification.md#test-script), in the command or in GOFLAGS. An honest script needs none of them. Without it
 * `go-tests-run-in-a-wrapper`, `go-flags-name-a-wrapper` and `go-flags-are-written-down`
 * (test/red-team/attacks/go-scripts.ts) are paid.
 */
export function goProgramsIn(script: ShellScript): readonly string[] {
  const given = script.commands.flatMap(({ words }) => {
    const go = words.findIndex((word) => /(?:^|\/)go$/.test(word));
    return go === -1 ? [] : words.slice(go + 1);
  });
  const kept = valuesIn(script, 'GOFLAGS').flatMap((value) => value.split(/[\s'"]+/));
  const flags = [...given, ...kept].flatMap((word) => FLAG.exec(word)?.[1] ?? []);
  return [...new Set(flags)].map((flag) => `-${flag}`);
}

const FLAG = /^--?(overlay|toolexec|exec|modfile|vettool)(?:=|$)/;
