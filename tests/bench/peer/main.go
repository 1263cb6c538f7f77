// Peer is what Patchbay is measured beside, in the same run: an admission webhook that decides nothing, and Go's own
// templates with sprig.
//
//	peer admission -certs DIR        serves /validate and prints its port
//	peer render < request.json       times templates, prints one JSON line for each
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: peer admission|render"))
	}
	switch os.Args[1] {
	case "admission":
		fail(serveAdmission(os.Args[2:]))
	case "render":
		fail(render(os.Stdin, os.Stdout))
	default:
		fail(fmt.Errorf("unknown command %q", os.Args[1]))
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
