//go:build tools

// Package tools names the commands that set-up builds, so that `go mod tidy` keeps their
// dependencies in go.mod and their checksums in go.sum.
package tools

import (
	_ "go.temporal.io/server/cmd/server"
	_ "go.temporal.io/server/cmd/tools/sql"
)
