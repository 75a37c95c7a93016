// What every program that runs tests begins with: how tests are named, and how a file and its runner are found.
//
// A test's id is `path::suite › title`; a name that comes again gets a number behind it, in the order of the run. The
// separator is a character that titles hardly ever hold, which `>` is not. A runner's adapter defines
// `runFile(file, session)` and calls `session.begin(titles)`, which gives the id, and `session.end(id, outcome, errors)`.
"use strict";
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const { pathToFileURL } = require("url");

const near = (file) => createRequire(path.resolve(file));
const load = (file) => import(pathToFileURL(path.resolve(file)).href);
const legible = (text) =>
  String(text)
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, " ")
    .trim()
    .slice(0, 600);
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
