// What a runner's own hooks call when a test begins and ends; follows coverage.cjs. A key holds the titles as the
// diagnosis joins them.
function startObserving() {
  const observer = createObserver(process.cwd());
  return {
    enter: observer.enter,
    leave: (key) => {
      observer.leave(key);
      const { calls, lines } = observer.seen.get(key) || { calls: [], lines: [] };
      const line = JSON.stringify({ key, calls: [...calls], lines: [...lines] });
      require("fs").appendFileSync(process.env.SELF_OBSERVED, line + "\n");
    },
  };
}
