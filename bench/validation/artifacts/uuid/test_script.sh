#!/bin/bash
exec go test -json -count=1 -vet=off -timeout=60s '.' < /dev/null 2>&1
