// Loaded before the tests of jest, whose hooks are globals; follows observing.cjs.
const observed = startObserving();
const keyOf = () => expect.getState().currentTestName;
beforeEach(() => observed.enter(keyOf()));
afterEach(() => observed.leave(keyOf()));
