import type { Tree } from '../../support/artifact-fixture.ts';

const RANGES = `"""Ranges of readings and what to do with a reading outside of one."""

TOLERANCE = 0.25


class ReadingRange:
    """A closed range of readings."""

    def __init__(self, lower_bound, upper_bound):
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.refused_readings = []

    def accepts(self, reading, tolerance=TOLERANCE):
        """Whether a reading lies in the range, give or take the tolerance."""
        if reading is None:
            return False
        if reading > self.upper_bound + tolerance:
            self.refused_readings.append(reading)
            return False
        return reading >= self.lower_bound - tolerance

    def widened_by(self, margin):
        """A range that is larger on both sides."""
        return ReadingRange(self.lower_bound - margin, self.upper_bound + margin)
`;

const GUARD = `        if reading > self.upper_bound + tolerance:
            self.refused_readings.append(reading)
            return False
`;

const CLAMP = `'use strict';

module.exports = function clampReading(reading, lowerBound, upperBound) {
  if (reading < lowerBound) {
    return lowerBound;
  }
  if (reading > upperBound) {
    return upperBound;
  }
  return reading;
};
`;

/** Code of the same project that resembles what the bug takes away: what a repair may learn from. */
const DONOR = `class ReadingLimit:
    """An upper limit of readings."""

    def __init__(self, upper_bound):
        self.upper_bound = upper_bound
        self.refused_readings = []

    def admits(self, reading):
        if reading is None:
            return False
        if reading > self.upper_bound:
            self.refused_readings.append(reading)
            return False
        return True
`;

/** A project in two languages, and a bug that takes a guard out of each. */
export const PROJECT = {
  'calc/__init__.py': '',
  'calc/ranges.py': RANGES,
  'calc/limits.py': DONOR,
  'web/clamp.js': CLAMP,
} as const satisfies Tree;

export const BUGGY = {
  'calc/ranges.py': RANGES.replace(GUARD, ''),
  'web/clamp.js': CLAMP.replace('  if (reading > upperBound) {\n    return upperBound;\n  }\n', ''),
} as const satisfies Tree;

/** Text that no file of the solver's sandbox may hold. */
export const SECRET = 'self.upper_bound + tolerance';
