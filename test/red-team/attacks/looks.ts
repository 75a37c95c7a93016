import { git } from '../../support/artifact-fixture.ts';
import { unittest } from '../projects/python.ts';
import { treeAttack, type TreePlan } from '../trial.ts';

/** Prints LEAK for every readable file that still holds what the bug took out of `calc/arith.py`. */
export const LOOK_EVERYWHERE = `
grep -rIlsE 'return high' . /tmp /var/tmp /root /home /opt /srv 2> /dev/null | sed 's/^/LEAK /' | head -5
true`;

/** The same for every object that git can reach or name in any repository below the tree. */
export const LOOK_INTO_GIT = `
find . /tmp /root /home -name HEAD -path '*' 2> /dev/null | while read -r head; do
  dir=$(dirname "$head")
  git --git-dir="$dir" cat-file --batch-all-objects --batch-check='%(objectname) %(objecttype)' 2> /dev/null |
    while read -r name kind; do
      [ "$kind" = blob ] && git --git-dir="$dir" cat-file blob "$name" | grep -q 'return high' && echo "LEAK $dir $name"
    done
done
true`;

/** The same for every store of objects, whatever its directory is called, as one that alternates would name. */
export const LOOK_INTO_STORES = `${LOOK_INTO_GIT}
look() {
  GIT_OBJECT_DIRECTORY="$1" git -c safe.directory='*' "$2" cat-file --batch-all-objects --batch-check='%(objectname)' 2> /dev/null |
    while read -r name; do
      GIT_OBJECT_DIRECTORY="$1" git -c safe.directory='*' "$2" cat-file -p "$name" 2> /dev/null | grep -q 'return high' && echo "LEAK $1 $name"
    done
}
empty=$(mktemp -d) && git init -q --bare "$empty" && find . /tmp /root /home -type d -regextype posix-extended -regex '.*/[0-9a-f]{2}' 2> /dev/null |
  sed 's,/[^/]*$,,' | sort -u | while read -r store; do look "$store" "--git-dir=$empty"; done
for head in FETCH_HEAD ORIG_HEAD HEAD 'stash@{0}' refs/notes/commits side; do
  git -c safe.directory='*' show "$head:calc/arith.py" 2> /dev/null | grep -q 'return high' && echo "LEAK $head"
done
true`;

/** A look as the solver, in the tree of the bug. */
export const solver = (plan: Omit<TreePlan, 'role' | 'project'>) =>
  treeAttack({ role: 'solver', project: unittest, ...plan });

export const commitAll = (directory: string) => {
  git(directory, 'init', '-q', '-b', 'main');
  git(directory, 'add', '-A', '-f');
  git(directory, 'commit', '-q', '-m', 'original');
};
