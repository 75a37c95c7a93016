/**
 * Whether a file of this name steers how tests are built and started, in the languages beside Python and JavaScript and
 * in the tools that all of them use (docs/specification.md#runner-steering).
 */
export function steersBuild(name: string): boolean {
  return NAMES.has(name) || PATTERN.test(name);
}

const NAMES = new Set([
  // Go
  'go.work',
  'go.work.sum',
  'go.mod',
  'go.sum',
  'go.env',
  '.go-version',
  'magefile.go',
  // Rust, Ruby, Java, PHP, C
  'Cargo.toml',
  'Cargo.lock',
  'rust-toolchain',
  'rust-toolchain.toml',
  'Gemfile',
  'Gemfile.lock',
  '.rspec',
  'pom.xml',
  'gradlew',
  'gradle.properties',
  'composer.json',
  'CMakeLists.txt',
  'meson.build',
  // Tools whose targets run tests
  'Makefile',
  'makefile',
  'GNUmakefile',
  'justfile',
  'Justfile',
  '.justfile',
  'Taskfile.yml',
  'Taskfile.yaml',
  'Rakefile',
  // The environment that tests start in
  '.envrc',
  '.tool-versions',
  'mise.toml',
  '.mise.toml',
  // git itself, which applies the diffs
  '.gitattributes',
  '.gitmodules',
]);

const PATTERN = /^(?:\.env(?:\.[\w.-]+)?|(?:build|settings)\.gradle(?:\.kts)?|phpunit\.xml(?:\.dist)?)$/;
