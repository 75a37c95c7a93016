# shellcheck shell=bash disable=SC2016  # The program of awk is its own.
# Runs in the sandbox, at the tree's root, with a shell, awk and go alone: packages as go sees them for this machine,
# and the sizes of their files. Lines of tab-separated fields: `root DIRECTORY`, `package PATH DIRECTORY FILES
# INTERNAL-TESTS EXTERNAL-TESTS IMPORTS TEST-IMPORTS`, `file PATH BYTES LINES TESTS`.
#
# Generated files and files with unusual names or line endings are left alone: diffs of them are easy to get wrong.
printf 'root\t%s\n' "$(pwd -P)"
go list -e -f '{{join .GoFiles " "}}{{"\t"}}{{join .TestGoFiles " "}}{{"\t"}}{{join .XTestGoFiles " "}}{{"\t"}}{{join .Imports " "}}{{"\t"}}{{join .TestImports " "}} {{join .XTestImports " "}}{{"\t"}}{{.ImportPath}}{{"\t"}}{{.Dir}}' ./... 2>/dev/null |
  head -n 300 | sed 's/^/package\t/'
git ls-files -z -- '*.go' | tr '\0' '\n' | grep -E '^[A-Za-z0-9_./-]+$' | grep -Ev '(^|/)(vendor|testdata)/' | head -n 600 | tr '\n' '\0' |
  xargs -0 awk '
    function report() { if (name != "" && !odd) printf "file\t%s\t%d\t%d\t%d\n", name, bytes, lines, tests }
    FNR == 1 { report(); name = FILENAME; bytes = lines = tests = odd = 0 }
    { bytes += length($0) + 1; lines += 1 }
    /\r/ || /^\/\/ Code generated .* DO NOT EDIT/ { odd = 1 }
    /^func (Test|Example|Fuzz)([A-Z0-9_][A-Za-z0-9_]*)?\(/ && !/testing\.M\)/ { tests += 1 }
    END { report() }
  '
