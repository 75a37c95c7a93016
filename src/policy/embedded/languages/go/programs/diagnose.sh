# shellcheck shell=bash
# Runs in the sandbox, at the tree's root, with a shell, awk and go alone: the packages given as arguments are built
# with coverage once, and each of their tests is run alone, those named in `SPECIFIED` first.
#
# Prints lines of tab-separated fields: `root DIRECTORY`, `package PATH DIRECTORY`, `test OUTCOME ID`, `said ID LINE`
# (what a failing test said), `function FILE LINE DECLARATION`, `block FILE RANGE FAILING PASSING` (how many tests of
# each outcome came by), and `end SECONDS`. A test that ends in a panic leaves no coverage; its traceback must do.
# Milliseconds where the shell knows them.
now() {
  local time=${EPOCHREALTIME:-$SECONDS.0}
  time=${time/,/.}
  echo "$time"
}
begin=$(now)
tab=$'\t'
work=$(mktemp -d "${TMPDIR:-/tmp}/diagnose.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$(pwd -P)
printf 'root\t%s\n' "$root"
number=0
for package in "$@"; do
  number=$((number + 1))
  binary=$work/$number.test
  # A package's tests may be about what it imports as well; other modules' code is not this tree's.
  go list -deps -test -f '{{with .Module}}{{if .Main}}{{if $.ForTest}}{{$.ForTest}}{{else}}{{$.ImportPath}}{{end}}{{"\t"}}{{$.Dir}}{{end}}{{end}}' "$package" 2>"$work/error" |
    grep -v "\.test$tab" | sort -u >"$work/packages"
  path=$(go list "$package" 2>"$work/error")
  covered=$(cut -f 1 "$work/packages" | paste -s -d , -)
  if ! go test -c -vet=off -covermode=set ${covered:+-coverpkg="$covered"} -o "$binary" "$package" >"$work/error" 2>&1; then
    head -n 20 "$work/error" | cut -c 1-300 | sed "s|^|said$tab$path$tab|"
    continue
  fi
  sed "s|^|package$tab|" "$work/packages"
  # A package without tests leaves no program.
  [ -x "$binary" ] || continue
  (cd "$package" && "$binary" -test.list '^(Test|Example|Fuzz)' </dev/null 2>/dev/null) | grep -E '^(Test|Example|Fuzz)' >"$work/names"
  grep -xE "$SPECIFIED" "$work/names" >"$work/ordered"
  grep -vxE "$SPECIFIED" "$work/names" >>"$work/ordered"
  while read -r name; do
    [ "$SECONDS" -lt "$LIMIT" ] || break
    rm -f "$work/profile"
    status=0
    (cd "$package" && "$binary" -test.run "^$name\$" -test.v -test.timeout 5s -test.coverprofile "$work/profile") \
      >"$work/output" 2>&1 </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
      grep -q "^--- SKIP: $name " "$work/output" && continue
      printf 'test\tpassed\t%s.%s\n' "$path" "$name"
    else
      printf 'test\tfailed\t%s.%s\n' "$path" "$name"
      grep -v '^=== ' "$work/output" | head -n 60 | cut -c 1-300 | tr '\t' ' ' | sed "s|^|said$tab$path.$name$tab|"
    fi
    if [ -s "$work/profile" ]; then
      echo "status $status" >>"$work/coverage"
      grep ' [1-9][0-9]*$' "$work/profile" >>"$work/coverage"
    fi
  done <"$work/ordered"
done
touch "$work/coverage"
awk '
  $1 == "status" { failed = $2 != 0; next }
  failed { failing[$1] += 1; next }
  { passing[$1] += 1 }
  END { for (block in failing) printf "%s %d %d\n", block, failing[block], passing[block] }
' "$work/coverage" | head -n 2500 >"$work/blocks"
sed "s|:\([^: ]*\) \([0-9]*\) \([0-9]*\)$|$tab\1$tab\2$tab\3|; s|^|block$tab|" "$work/blocks"
cut -d : -f 1 "$work/blocks" | sort -u | while read -r file; do
  grep -h "^$(dirname "$file")$tab" "$work/packages" | head -n 1 | cut -f 2 | while read -r directory; do
    grep -n '^func ' "$directory/$(basename "$file")" | cut -c 1-200 | sed "s|^\([0-9]*\):|function$tab$file$tab\1$tab|"
  done
done
printf 'end\t%s\n' "$(echo "$begin $(now)" | awk '{ printf "%.2f", $2 - $1 }')"
