import { edited, type Project } from '../trial.ts';
import { GO_LIMITS, go } from './go.ts';

export const GO_TABLE = `
func TestClampTable(t *testing.T) {
	for _, row := range []struct {
		name          string
		value, wanted int
	}{
		{"within: one", 5, 5},
		{"too high", 15, 10},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Clamp(row.value, 0, 10); got != row.wanted {
				t.Errorf("got %d", got)
			}
		})
	}
}
`;

const GO_TESTS = edited(
  go().original['limits_test.go'] ?? '',
  'func TestClampHigh(t *testing.T) {\n\tif got := Clamp(15, 0, 10); got != 10 {\n\t\tt.Errorf("got %d", got)\n\t}\n}\n\n',
  '',
);

const GO_JSON_PARSER = `import json
import sys

results = {}
for line in sys.stdin.read().split("\\n"):
    try:
        event = json.loads(line)
    except ValueError:
        continue
    if not isinstance(event, dict) or "Test" not in event or event.get("Action") not in ("pass", "fail"):
        continue
    test = event["Package"] + "::" + event["Test"]
    failed = event["Action"] == "fail" or results.get(test) == "failed"
    results[test] = "failed" if failed else "passed"
print(json.dumps(results))
`;

/** Go with a table of subtests, read from \`go test -json\`. */
export const goTable =
  (weakened: string): (() => Project) =>
  () => ({
    ...go(),
    name: 'go-table',
    original: { ...go().original, 'limits_test.go': `${GO_TESTS}${GO_TABLE}` },
    bug: { 'limits.go': edited(GO_LIMITS, '\tif value > high {\n\t\treturn high\n\t}\n', '') },
    weakening: { 'limits_test.go': `${GO_TESTS}${weakened}` },
    testScript: 'go test -json ./... 2>&1\n',
    testParser: GO_JSON_PARSER,
  });

const GO_WORDS = GO_TABLE.replace('TestClampTable', 'TestGröße');

/** The same with a test that has letters outside of ASCII in its name, under ids that join package and test by a dot. */
export const goBeyondAscii =
  (change: (table: string) => string): (() => Project) =>
  () => ({
    ...goTable(change(GO_WORDS))(),
    name: 'go-beyond-ascii',
    original: { ...go().original, 'limits_test.go': `${GO_TESTS}${GO_WORDS}` },
    testParser: edited(GO_JSON_PARSER, '"::"', '"."'),
  });
