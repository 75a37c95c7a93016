// Runs the tests of one file with mocha and the project's own settings, but for the files that those name.
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
