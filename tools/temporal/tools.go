//go:build tools

// Package tools names the command that set-up builds, so that `go mod tidy` keeps its
// dependencies in go.mod and their checksums in go.sum.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
