import { SandboxUnavailableError } from '../domain/errors.ts';
import { scriptLoads, type SeenLoad } from '../domain/script-loads.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { outputText } from './command-output.ts';
import { runTool } from './tree-state.ts';

/**
 * Prints the numbers of the loads, `kind name` a line, that the image holds. Nothing of it is executed: which Python or
 * Node the script will use is not known, so every place that one of them may search is looked into.
 *
 * A module has to lie where it is imported from: the tree's root and source folders, a named folder, or directly in a
 * folder of packages. What may be written by everybody is no part of an image.
 */
const PROBE = String.raw`
tree=$(pwd -P)
scratch='^(/tmp|/var/tmp|/dev/shm|/run|/proc|/dev/fd)(/|$)'
own() { case $(readlink -m -- "$1") in "$tree" | "$tree"/*) return 0 ;; esac; return 1; }
kept() { own "$1" || ! [[ $(readlink -m -- "$1") =~ $scratch ]]; }
in_image() {
  find / \( -path /proc -o -path /sys -o -path /tmp -o -path /var/tmp -o -path /dev -o -path /run -o -path /.selfplay \
    -o -name .git \) -prune -o "$@" -print -quit 2> /dev/null | grep -q .
}
folder() { [ -d "$1" ] && kept "$1"; }
file() { [ "$1" = /dev/null ] || { [ -e "$1" ] && kept "$1"; }; }
python() {
  name=$1
  shift
  path=$(printf %s "$name" | tr . /)
  for root in . src lib python test tests "$@"; do
    kept "$root" || continue
    [ -f "$root/$path.py" ] || [ -f "$root/$path/__init__.py" ] || compgen -G "$root/$path.*.so" > /dev/null && return 0
  done
  set --
  for home in site-packages dist-packages site-packages/_pytest dist-packages/_pytest 'lib/python3*'; do
    set -- "$@" -o -path "*/$home/$path.py" -o -path "*/$home/$path/__init__.py"
  done
  in_image -type f \( -name entry_points.txt -exec grep -qsE "^$name *=" {} \; "$@" \)
}
node() {
  case $1 in
    node:*) return 0 ;;
    /* | . | .. | ./* | ../*) ;;
    @*/*) package=$(printf %s "$1" | cut -d / -f 1,2) ;;
    *) package=$(printf %s "$1" | cut -d / -f 1) ;;
  esac
  for end in '' .js .cjs .mjs .ts .cts .mts .json; do [ -e "$1$end" ] && kept "$1$end" && return 0; done
  case $1 in /* | . | .. | ./* | ../*) return 1 ;; esac
  [ -e "node_modules/$package" ] || in_image -path "*/node_modules/$package"
}
folders=
while IFS=' ' read -r number kind name; do
  [ "$kind" != folder ] || ! folder "$name" || folders="$folders $name"
  case $kind in
    folder) folder "$name" ;;
    file) file "$name" ;;
    python-module) python "$name" $folders ;;
    node-module) node "$name" ;;
  esac && echo "$number"
done
true
`;

/** What the script has loaded, and whether it is part of the image; asked before the script runs for the first time. */
export async function collectScriptLoads(
  sandbox: Sandbox,
  script: string,
  signal: AbortSignal,
): Promise<readonly SeenLoad[]> {
  const loads = scriptLoads(script);
  // Folders come first, for modules are looked for in them; a name that needs a shell to be read is not looked for.
  const asked = loads.flatMap(({ kind, name }, number) => (PLAIN_NAME.test(name) ? [`${number} ${kind} ${name}`] : []));
  if (asked.length === 0) return loads.map((load) => ({ ...load, held: false }));
  const stdin = Buffer.from(`${asked.join('\n')}\n`);
  const result = await runTool(sandbox, ['bash', '-c', PROBE], { stdin, signal });
  signal.throwIfAborted();
  const output = outputText(result.stdout).trim();
  if (result.ending !== 'exited' || result.exitCode !== 0)
    throw new SandboxUnavailableError(
      `what the test script loads could not be looked for in sandbox ${sandbox.id}: ${output.slice(-500)}`,
    );
  const held = new Set(output.split('\n').map(Number));
  return loads.map((load, number) => ({ ...load, held: output !== '' && held.has(number) }));
}

const PLAIN_NAME = /^[\w@./:+][\w@./:+-]{0,300}$/;
