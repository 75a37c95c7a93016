#!/bin/sh
# Runs inside a Debian root file system with python3, git, bash-static and patchelf, and packs from it what the
# supervisor of a container needs and what an image may lack: pack_tools.sh OUTPUT.tar
#
# Everything is found by its absolute path below /.selfplay, through a loader of its own, so it runs on any
# distribution, on musl and where there is no shell (docs/decisions, "The tools volume").
set -eu

root=/.selfplay
stage=$(mktemp -d)
python=$(readlink -f /usr/bin/python3)
version=$(basename "$python")
git=/usr/lib/git-core/git

mkdir -p "$stage/bin" "$stage/lib" "$stage/run" "$stage/supervisor"
for program in bash git python3; do
  mkdir -p "$stage/path/$program"
  ln -s "$root/bin/$program" "$stage/path/$program/$program"
done
cp "$python" "$stage/bin/python3"
cp "$git" "$stage/bin/git"
cp /bin/bash-static "$stage/bin/bash"

# Left out: tests, graphics, the package installer and what needs libraries that are not packed.
mkdir "$stage/lib/$version"
tar -C "/usr/lib/$version" -c \
  --exclude='*/__pycache__' --exclude='./test' --exclude='./idlelib' --exclude='./lib2to3' --exclude='./ensurepip' \
  --exclude='./tkinter' --exclude='./turtledemo' --exclude='./pydoc_data' --exclude='./config-*' --exclude='./distutils' \
  --exclude='./lib-dynload/*test*' --exclude='./lib-dynload/xx*' --exclude='./lib-dynload/nis*' \
  --exclude='./lib-dynload/_curses*' --exclude='./lib-dynload/readline*' --exclude='./lib-dynload/_dbm*' \
  --exclude='./sitecustomize.py' . | tar -C "$stage/lib/$version" -x

for file in "$python" "$git" "$stage/lib/$version"/lib-dynload/*.so; do ldd "$file"; done |
  sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld-linux[^ ]*\) .*/\1/p' | sort -u |
  while read -r library; do cp -L "$library" "$stage/lib/"; done
loader=$(basename "$(ls "$stage"/lib/ld-linux*)")
for program in python3 git; do
  patchelf --set-interpreter "$root/lib/$loader" --force-rpath --set-rpath "$root/lib" "$stage/bin/$program"
done

"$python" -I -m compileall -q -j 1 --invalidation-mode unchecked-hash \
  -s "$stage" -p "$root" "$stage/lib/$version" >/dev/null || true
# The uid of the supervisor (src/sandbox/supervisor/container_launcher.py): agents do not see what it consists of, only `path`,
# `bin` and `lib`.
chmod 0755 "$stage"
tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=gnu -cf "$1" .
rm -rf "$stage"
