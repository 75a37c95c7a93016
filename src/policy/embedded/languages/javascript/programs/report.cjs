// Runs one file's tests and says a result a line: `path::suite › title ... ok`.
//
// `node - FILE [EXCLUDED…]`. Results go to descriptor 3, which tests do not know, and what failed is quoted, so that no
// line of theirs reads as a result. A test that was begun and never ended has failed.
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
