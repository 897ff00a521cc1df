//go:build tools

// Pins Tesla's own command, so that the sum file has what it needs: the kernel rig builds it (scripts/hil).
package main

import _ "github.com/teslamotors/vehicle-command/cmd/tesla-control"
