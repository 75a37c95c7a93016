# shellcheck shell=sh
# Compiles what the Go modules of a tree depend on: the standard library and other modules, and nothing of the tree itself.
#
# Runs in a fresh sandbox with the tree's root as working directory; the arguments are the folders of its modules. Leaves
# /tmp/compiled.tar. Fails where there is nothing to make, or where it cannot be made.

made=/tmp/compiled
command -v go >/dev/null || exit 1
# An environment that brings a build cache of its own needs none.
[ -z "$(go env GOCACHEPROG)" ] || exit 1
# Older versions do not ask a program for their build cache (GOCACHEPROG).
version=$(go env GOVERSION)
case $version in
  go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.2[0-3]*) exit 1 ;;
esac

export GOCACHE=$made/go-cache
mkdir -p $made/bin || exit
(cd /tmp/go-cache-program && go build -ldflags='-s -w' -o $made/bin/go-cache .) || exit

# Modules that a replacement takes from the tree are the tree's own.
wanted='{{if not .Incomplete}}{{if ne .Name "main"}}{{if .Standard}}{{.ImportPath}}{{else if .Module}}{{if not .Module.Main}}{{if .Module.Replace}}{{if .Module.Replace.Version}}{{.ImportPath}}{{end}}{{else}}{{.ImportPath}}{{end}}{{end}}{{end}}{{end}}{{end}}'
compiled=/tmp/compiled-packages
: >$compiled
for module; do
  cd "$module" || exit
  warm=$(mktemp -d ./selfplay_warm_XXXXXX) || exit
  # Internal packages cannot be imported from here; they come with those that do.
  go list -e -deps -test -f "$wanted" ./... |
    grep -vE '(^|/)internal(/|$)|^(vendor|cmd)/|^(unsafe|C)$|[[]|^$' | sort -u >/tmp/imports
  {
    printf 'package warm\n\nimport (\n\t_ "testing"\n'
    sed 's/.*/\t_ "&"/' /tmp/imports
    printf ')\n'
  } >"$warm/warm_test.go"
  # Vetted and linked as for a test, and not run. Without -count=1 the cache would hold the result of a test.
  go test -count=1 -exec=true "$warm" || exit
  cat /tmp/imports >>$compiled
  cd "$OLDPWD" || exit
done
printf '%s, %s packages of the standard library and of other modules\n' "$version" "$(sort -u $compiled | wc -l)" >$made/about
exec tar -C $made -cf /tmp/compiled.tar about bin go-cache
