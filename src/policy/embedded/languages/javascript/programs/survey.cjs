// Runs in the sandbox, at the tree's root: what the JavaScript and TypeScript files are, which are tests, of which
// runner, and which files of the tree they import, at once and by way of others.
//
// Files with unusual names, line endings or encodings are left alone: diffs of them are easy to get wrong. Imports are
// found by patterns, not by a parser: Node brings none, and a wrong import only makes a worse choice.
"use strict";
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const { execFileSync } = require("child_process");

const MOST_FILES = 400;
const MOST_BYTES = 90000;
const listed = execFileSync("git", ["ls-files", "-z"], { maxBuffer: 1 << 28 })
  .toString()
  .split("\0");
const all = new Set(listed.filter((file) => /^[\w.@/-]+$/.test(file)));
const isSource = (file) =>
  /\.[cm]?[jt]sx?$/.test(file) &&
  !/\.d\.[cm]?ts$|\.min\.js$|(?:^|\/)(?:node_modules|dist|coverage)\/|(?:^|\/)\./.test(file);
const sources = [...all]
  .filter(isSource)
  .sort((one, other) => one.split("/").length - other.split("/").length || (one < other ? -1 : 1))
  .slice(0, MOST_FILES);

function isTest(file) {
  const folders = file.split("/");
  const name = folders.pop();
  const inside = folders.some((folder) => /^(?:tests?|__tests__|unittests?|specs?|e2e|testdata)$/.test(folder));
  return inside || /^(?:.+[._-](?:test|spec)s?|tests?[._-].+|tests?)\.[cm]?[jt]sx?$/.test(name);
}

function textOf(file) {
  try {
    const { size, mode } = fs.lstatSync(file);
    if (size > MOST_BYTES || (mode & 0o170000) !== 0o100000) return undefined;
    const text = fs.readFileSync(file, "utf8");
    return /[\r\f\ufffd]/.test(text) ? undefined : text;
  } catch (_) {
    return undefined;
  }
}

function jsonOf(file) {
  try {
    const value = JSON.parse(fs.readFileSync(file, "utf8"));
    return value !== null && typeof value === "object" ? value : {};
  } catch (_) {
    return {};
  }
}

// The first file that an "exports" entry leads to, whatever its conditions are called.
function firstFile(entry, depth) {
  if (typeof entry === "string") return entry;
  if (entry === null || typeof entry !== "object" || depth > 6) return undefined;
  for (const value of Object.values(entry)) {
    const found = firstFile(value, depth + 1);
    if (found !== undefined && /\.[cm]?[jt]sx?$/.test(found) && !/\.d\.[cm]?ts$/.test(found)) return found;
  }
  return undefined;
}

function mainOf(folder) {
  const settings = jsonOf(path.join(folder, "package.json"));
  const exported = settings.exports && (settings.exports["."] || settings.exports);
  const named = [firstFile(exported, 0), settings.main, "index"].filter((each) => typeof each === "string");
  return named.map((each) => path.posix.join(folder, each));
}

const ENDINGS = ["", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx"];
function fileAt(place) {
  const bare = place.replace(/\/+$/, "");
  const typed = bare.replace(/\.([cm]?)js(x?)$/, ".$1ts$2");
  const tried = [...ENDINGS.map((ending) => bare + ending), typed, typed + "x"];
  return tried.find((file) => all.has(file) && isSource(file));
}

function resolve(from, name, own) {
  if (name === own) return mainOf(".").map(fileAt).find(Boolean);
  const within = own !== undefined && name.startsWith(own + "/") ? name.slice(own.length + 1) : undefined;
  if (within !== undefined) return fileAt(path.posix.normalize(within));
  if (!/^\.{1,2}(?:\/|$)/.test(name)) return undefined;
  const place = path.posix.join(path.posix.dirname(from), name);
  if (place.startsWith("..")) return undefined;
  const folder = place.replace(/\/+$/, "");
  return fileAt(place) || [...mainOf(folder), folder + "/index"].map(fileAt).find(Boolean);
}

const IMPORT = /(?:\brequire|\bimport)\s*\(\s*(["'])([^"'\n]{1,200})\1|(?:\bfrom|\bimport)\s*(["'])([^"'\n]{1,200})\3/g;
const own = jsonOf("package.json");
const ownName = typeof own.name === "string" ? own.name : undefined;
const texts = new Map(sources.map((file) => [file, textOf(file)]).filter((entry) => entry[1] !== undefined));
const names = new Map();
const imports = new Map();
for (const [file, text] of texts) {
  const found = [...text.matchAll(IMPORT)].slice(0, 200).map((match) => match[2] || match[4]);
  names.set(file, found);
  imports.set(file, [...new Set(found.map((name) => resolve(file, name, ownName)).filter(Boolean))]);
}

function reached(file) {
  const seen = new Set(imports.get(file));
  for (const each of seen) {
    if (!isTest(each)) (imports.get(each) || []).forEach((next) => seen.add(next));
    if (seen.size > 200) break;
  }
  return [...seen];
}

const has = (name) => {
  try {
    createRequire(path.resolve("package.json")).resolve(name);
    return true;
  } catch (_) {
    return false;
  }
};
const resolvable = ["tape", "mocha", "vitest", "jest"].filter(has);
const asked = JSON.stringify([own.scripts || {}, own.devDependencies || {}, Object.keys(own)]);
const byGlobals = ["vitest", "jest", "mocha"]
  .filter((name) => resolvable.includes(name))
  .sort((one, other) => asked.includes(other) - asked.includes(one))[0];

const RUNNERS = [
  ["node:test", /^node:test$/],
  ["tape", /^tape$/],
  ["vitest", /^vitest$/],
  ["jest", /^@jest\/globals$/],
  ["mocha", /^mocha$/],
];
// Runners that are not known here, whose tests look like those of known ones.
const FOREIGN = /^(?:ava|tap|uvu|jasmine|qunit|lab|@hapi\/lab|bun:test|@playwright\/test|tap-spec|zora|baretest)$/;

function runnerOf(file, text) {
  const imported = names.get(file) || [];
  const known = RUNNERS.find((runner) => imported.some((name) => runner[1].test(name)));
  if (known !== undefined) return known[0];
  if (imported.some((name) => FOREIGN.test(name))) return "";
  return /\b(?:it|test)\s*(?:\.\w+\s*)?\(/.test(text) ? byGlobals || "" : "";
}

const TEST = /(?:^|[^\w$.])(?:(?:it|test|specify|tape)(?:\.only|\.concurrent)?|\w{1,8}\.(?:test|it))\s*\(\s*["'\x60]/g;
const tests = [];
const library = [];
for (const [file, text] of texts) {
  const size = Buffer.byteLength(text);
  if (isTest(file)) {
    const runner = runnerOf(file, text);
    const count = runner === "" ? 0 : (text.match(TEST) || []).length;
    const direct = imports.get(file).slice(0, 80);
    tests.push([
      file,
      size,
      count,
      runner,
      direct,
      reached(file)
        .filter((each) => !direct.includes(each))
        .slice(0, 80),
    ]);
  } else {
    library.push([file, size, text.split("\n").length - 1]);
  }
}
const runners = ["node:test", ...resolvable];
console.log(JSON.stringify({ tests: tests.slice(0, 150), library: library.slice(0, 200), runners }));
