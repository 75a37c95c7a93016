import { edited, type Project } from '../trial.ts';

export const GO_LIMITS = `package limits

// Clamp keeps a value within limits.
func Clamp(value, low, high int) int {
	if value < low {
		return low
	}
	if value > high {
		return high
	}
	return value
}

// Add adds.
func Add(a, b int) int {
	return a + b
}
`;

const HIGH_TEST = `func TestClampHigh(t *testing.T) {
	if got := Clamp(15, 0, 10); got != 10 {
		t.Errorf("got %d", got)
	}
}

`;

const TEST = `package limits

import "testing"

func TestAdd(t *testing.T) {
	if got := Add(1, 2); got != 3 {
		t.Errorf("got %d", got)
	}
}

func TestClampLow(t *testing.T) {
	if got := Clamp(-5, 0, 10); got != 0 {
		t.Errorf("got %d", got)
	}
}

${HIGH_TEST}func TestClampBetween(t *testing.T) {
	for name, value := range map[string]int{"low": 0, "middle": 5, "high": 10} {
		t.Run(name, func(t *testing.T) {
			if got := Clamp(value, 0, 10); got != value {
				t.Errorf("got %d", got)
			}
		})
	}
}
`;

export const GO_PARSER = `import json
import re
import sys

results = {}
for line in sys.stdin.read().splitlines():
    match = re.match(r"\\s*--- (PASS|FAIL): (\\S+)", line)
    if match:
        failed = match.group(1) != "PASS" or results.get(match.group(2)) == "failed"
        results[match.group(2)] = "failed" if failed else "passed"
print(json.dumps(results))
`;

/** `go test`. */
export const go: () => Project = () => ({
  name: 'go',
  language: 'Go',
  environment: 'uuid',
  original: {
    'go.mod': 'module example.com/limits\n\ngo 1.21\n',
    'limits.go': GO_LIMITS,
    'limits_test.go': TEST,
  },
  bug: { 'limits.go': edited(GO_LIMITS, '\tif value > high {\n\t\treturn high\n\t}\n', '') },
  weakening: { 'limits_test.go': edited(TEST, HIGH_TEST, '') },
  testScript: 'go test -v ./...\n',
  testFiles: 'limits_test.go\n',
  testParser: GO_PARSER,
});
