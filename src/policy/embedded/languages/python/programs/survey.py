"""Runs in the sandbox, at the tree's root: what the Python files are, which are tests and what they import.

Files with unusual names, line endings or encodings are left alone: diffs of them are easy to get wrong.
"""

import ast
import importlib.util
import json
import re
import subprocess

MOST_FILES, MOST_BYTES = 400, 90000
listed = subprocess.run(["git", "ls-files", "-z", "--", "*.py"], stdout=subprocess.PIPE).stdout
paths = [p for p in listed.decode("utf-8", "replace").split("\0") if re.fullmatch(r"[\w./-]+", p, re.ASCII)]
paths.sort(key=lambda p: (p.count("/"), p))


def is_test(path):
    *folders, name = path.split("/")
    if re.fullmatch(r"(test_.+|.+_tests?|tests?)\.py", name):
        return True
    return any(re.fullmatch(r"tests?|unittests?", folder) for folder in folders)


def module_of(path):
    parts = path[:-3].split("/")
    if parts[0] in ("src", "lib"):
        parts = parts[1:]
    if parts and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


def imports_of(tree, path):
    package = module_of(path).split(".") if path.endswith("__init__.py") else module_of(path).split(".")[:-1]
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                upper = package[: len(package) - node.level + 1]
                base = ".".join(upper + ([base] if base else []))
            names.add(base)
            names.update((base + "." + alias.name).lstrip(".") for alias in node.names)
    return sorted(names)[:80]


def is_test_case(node):
    return any("Test" in ast.dump(base) for base in node.bases)


def count_tests(tree):
    plain = cases = 0
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            plain += node.name.startswith("test")
        elif isinstance(node, ast.ClassDef):
            tests = sum(getattr(item, "name", "").startswith("test") for item in node.body)
            if is_test_case(node):
                cases += max(tests, 1)
            else:
                plain += tests if node.name.startswith("Test") else 0
    return plain, cases


tests, library = [], []
for path in paths[:MOST_FILES]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES or "\r" in text or "\x0c" in text or "�" in text:
            continue
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError, RecursionError):
        continue
    size = len(text.encode("utf-8"))
    if is_test(path):
        plain, cases = count_tests(tree)
        tests.append([path, size, plain, cases, imports_of(tree, path)])
    else:
        library.append([path, size, text.count("\n"), module_of(path)])

runners = ["unittest"] + (["pytest"] if importlib.util.find_spec("pytest") else [])
print(json.dumps({"tests": tests[:150], "library": library[:200], "runners": runners}))
