/** A patch whose effect is put back before the tests run leaves the bug as it is. */
export const STILL_FAILS =
  /do not pass|no test was reported|changes only tests|steers the test runner|set aside|nothing .*(?:left|remains|counts)/;
