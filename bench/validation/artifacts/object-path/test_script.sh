#!/bin/bash
# Results go to a copy of standard output that the tests do not have.
run() {
node - "$@" 3>&1 > /dev/null 2>&1 <<'END_OF_TEXT'

"use strict";
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const { pathToFileURL } = require("url");

const near = (file) => createRequire(path.resolve(file));
const load = (file) => import(pathToFileURL(path.resolve(file)).href);
const legible = (text) => String(text).replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, " ").trim().slice(0, 600);
const listOf = (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]);

function createNaming(file) {
  const seen = new Map();
  return (titles) => {
    const name = file + "::" + titles.map((title) => legible(title) || "(anonymous)").join(" › ");
    const count = (seen.get(name) || 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : name + " (" + count + ")";
  };
}

// Node strips types by itself since 22.18; before that a loader that the environment holds must.
async function readTypeScript(file) {
  const typed = /\.[cm]?tsx?$/.test(file) || fs.existsSync("tsconfig.json");
  if (!typed || process.features.typescript) return;
  for (const loader of ["tsx", "ts-node/register/transpile-only", "@swc-node/register", "esbuild-register"]) {
    try {
      const found = near(file).resolve(loader);
      const href = pathToFileURL(found).href;
      const option = loader === "tsx" ? "--import " + href : "--require " + found;
      await import(href);
      // For the processes that a runner starts.
      process.env.NODE_OPTIONS = ((process.env.NODE_OPTIONS || "") + " " + option).trim();
      return;
    } catch (_) {}
  }
}

async function runFile(file, session) {
  const from = near(file);
  const Mocha = from("mocha");
  const settings = settingsOf(from);
  const plugins = await pluginsOf(from, listOf(settings.require));
  const ids = new Map();
  const end = (test, outcome, error) => {
    if (!ids.has(test)) return;
    session.end(ids.get(test), outcome, error === undefined ? [] : [error]);
    ids.delete(test);
  };
  function Reporter(runner) {
    runner.on("test", (test) => ids.set(test, session.begin(test.titlePath())));
    runner.on("pass", (test) => end(test, "passed"));
    runner.on("pending", (test) => end(test, "skipped"));
    runner.on("fail", (runnable, error) => {
      const test = runnable.type === "hook" ? runnable.ctx && runnable.ctx.currentTest : runnable;
      if (test && ids.has(test)) end(test, "failed", error);
      else session.broken(error);
    });
  }
  const { ui, timeout, retries, globals, asyncOnly } = settings;
  const given = Object.entries({ ui, timeout, retries, globals, asyncOnly }).filter((entry) => entry[1] !== undefined);
  const mocha = new Mocha({ ...Object.fromEntries(given), ...plugins, reporter: Reporter, color: false });
  for (const each of [...listOf(settings.file), file]) mocha.addFile(path.resolve(each));
  await (mocha.loadFilesAsync ? mocha.loadFilesAsync() : undefined);
  await new Promise((resolve) => mocha.run(resolve));
}

function settingsOf(from) {
  try {
    return from("mocha/lib/cli/options").loadOptions([]);
  } catch (_) {
    return {};
  }
}

async function pluginsOf(from, required) {
  if (required.length === 0) return {};
  const root = createRequire(path.resolve("package.json"));
  const found = required.map((name) => (fs.existsSync(name) ? path.resolve(name) : root.resolve(name)));
  try {
    return await from("mocha/lib/cli/run-helpers").handleRequires(found, {});
  } catch (_) {
    for (const each of found) await load(each);
    return {};
  }
}

const [file, ...excluded] = process.argv.slice(2);
process.argv = [process.argv[0], path.resolve(file)];
const hidden = new Set(excluded);
const nameOf = createNaming(file);
const open = new Set();
let failures = 0;

const say = (line) => fs.writeSync(3, line + "\n");
const quote = (error) => {
  const text = String((error && error.stack) || error);
  for (const line of text.split("\n").slice(0, 30)) say("    | " + line.slice(0, 300).replace(/\r/g, " "));
};
const session = {
  begin: (titles) => {
    const id = nameOf(titles);
    open.add(id);
    return id;
  },
  end: (id, outcome, errors) => {
    if (!open.delete(id) || hidden.has(id) || outcome === "skipped") return;
    if (outcome === "failed") failures += 1;
    errors.forEach(quote);
    say(id + " ... " + (outcome === "failed" ? "FAIL" : "ok"));
  },
  broken: (error) => {
    failures += 1;
    quote(error);
  },
};
process.on("exit", () => {
  for (const id of [...open]) session.end(id, "failed", [new Error("did not end")]);
  process.exitCode = failures === 0 ? 0 : 1;
});
readTypeScript(file)
  .then(() => runFile(file, session))
  .catch((error) => session.broken(error))
  .finally(() => process.exit());
END_OF_TEXT
}
status=0
run 'test.js' || status=1
exit $status
