# shellcheck shell=sh
# Compiles what the Go modules of a tree depend on: the standard library and other modules, and nothing of the tree itself.
#
# Runs in a fresh sandbox with the tree's root as working directory; the arguments are the folders of its modules. Leaves
# /tmp/compiled.tar. Exit codes: 3 where there is nothing to make, or where the tree or its Go does not permit it; whatever
# else is the machine's doing, and may go well another time.

NOTHING=3

# Keeps in `said` what a command says. One that the machine ended, or left no room, is no answer about the tree.
ask() {
  said=$("$@" 2>&1) && return
  code=$?
  printf '%s\n' "$said"
  case $said in
    *'no space left on device'* | *'disk quota exceeded'* | *'input/output error'*) exit 1 ;;
    *'cannot allocate memory'* | *'out of memory'* | *'signal: killed'*) exit 1 ;;
    *'resource temporarily unavailable'* | *'too many open files'*) exit 1 ;;
  esac
  [ $code -lt 126 ] || exit 1
  return $code
}

made=/tmp/compiled
command -v go >/dev/null || exit $NOTHING
# An environment that brings a build cache of its own needs none.
[ -z "$(go env GOCACHEPROG)" ] || exit $NOTHING
# Older versions do not ask a program for their build cache (GOCACHEPROG).
version=$(go env GOVERSION)
case $version in
  go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.2[0-3]*) exit $NOTHING ;;
esac

export GOCACHE=$made/go-cache
mkdir -p $made/bin || exit 1
ask go -C /tmp/go-cache-program build -ldflags='-s -w' -o $made/bin/go-cache . || exit $NOTHING

# Modules that a replacement takes from the tree are the tree's own.
wanted='{{if not .Incomplete}}{{if ne .Name "main"}}{{if .Standard}}{{.ImportPath}}{{else if .Module}}{{if not .Module.Main}}{{if .Module.Replace}}{{if .Module.Replace.Version}}{{.ImportPath}}{{end}}{{else}}{{.ImportPath}}{{end}}{{end}}{{end}}{{end}}{{end}}'
compiled=/tmp/compiled-packages
: >$compiled
for module; do
  cd "$module" || exit 1
  warm=$(mktemp -d ./selfplay_warm_XXXXXX) || exit 1
  ask go list -e -deps -test -f "$wanted" ./...
  # Internal packages cannot be imported from here; they come with those that do. A line of words is a warning.
  printf '%s\n' "$said" |
    grep -vE '(^|/)internal(/|$)|^(vendor|cmd)/|^(unsafe|C)$|[[[:space:]]|^$' | sort -u >/tmp/imports || exit 1
  {
    printf 'package warm\n\nimport (\n\t_ "testing"\n'
    sed 's/.*/\t_ "&"/' /tmp/imports
    printf ')\n'
  } >"$warm/warm_test.go" || exit 1
  # Vetted and linked as for a test, and not run. Without -count=1 the cache would hold the result of a test.
  ask go test -count=1 -exec=true "$warm" || exit $NOTHING
  cat /tmp/imports >>$compiled || exit 1
  cd "$OLDPWD" || exit 1
done
printf '%s, %s packages of the standard library and of other modules\n' "$version" "$(sort -u $compiled | wc -l)" >$made/about || exit 1
exec tar -C $made -cf /tmp/compiled.tar about bin go-cache
