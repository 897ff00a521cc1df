// Command tesla is a client of Latchkey's car made of Tesla's own module, unchanged: only the radio under it is ours.
//
// One command comes on the command line, or many on standard input, one a line; each gives one line of JSON:
// {"command", "ok", "answer"?, "error"?, "faults"}, faults being those that the car sent, also where the module recovered.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/teslamotors/vehicle-command/pkg/cache"
	"github.com/teslamotors/vehicle-command/pkg/connector"
	"github.com/teslamotors/vehicle-command/pkg/protocol"
)

type result struct {
	Command string   `json:"command"`
	OK      bool     `json:"ok"`
	Answer  any      `json:"answer,omitempty"`
	Error   string   `json:"error,omitempty"`
	Faults  []string `json:"faults"`
}

func main() {
	car := flag.String("car", "", "HOST:PORT of the car's socket radio; without it `attach HOST:PORT` comes first")
	vin := flag.String("vin", "", "the car's VIN")
	keyFile := flag.String("key", "", "the client's private key, a PEM file; made where there is none")
	hmac := flag.Bool("hmac", false, "authenticate commands by HMAC, as clients over the internet do, instead of AES-GCM")
	kept := flag.String("sessions", "", "a file of sessions that an earlier process has kept; made by keep-sessions")
	timeout := flag.Duration("timeout", 10*time.Second, "what one command may take; signed commands expire after it")
	flag.Parse()
	if *vin == "" || *keyFile == "" {
		fmt.Fprintln(os.Stderr, "--vin and --key are needed")
		os.Exit(2)
	}
	p, err := newPeer(*vin, *keyFile, *hmac)
	if err == nil && *kept != "" {
		p.session, err = cache.ImportFromFile(*kept)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	do := func(words []string) bool {
		done := perform(p, words, *timeout)
		return show(done) && done.OK
	}
	if *car != "" && !do([]string{"attach", *car}) {
		os.Exit(1)
	}
	if flag.NArg() > 0 {
		if domain := sessionFor(flag.Arg(0)); domain != "" && !do([]string{"session", domain}) {
			os.Exit(1)
		}
		// The car answers to this link alone, once the card was tapped.
		if !do(flag.Args()) || (flag.Arg(0) == "pair" && !do([]string{"paired"})) {
			os.Exit(1)
		}
	} else {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			if words := strings.Fields(lines.Text()); len(words) > 0 {
				do(words)
			}
		}
	}
	if p.car != nil {
		p.car.Disconnect()
	}
}

func newPeer(vin, keyFile string, hmac bool) (*peer, error) {
	if _, err := os.Stat(keyFile); os.IsNotExist(err) {
		if err := newKey(keyFile); err != nil {
			return nil, err
		}
	}
	key, err := protocol.LoadPrivateKey(keyFile)
	if err != nil {
		return nil, err
	}
	public, err := publicKeyOf(fmt.Sprintf("%x", key.PublicBytes()))
	if err != nil {
		return nil, err
	}
	auth := connector.AuthMethodGCM
	if hmac {
		auth = connector.AuthMethodHMAC
	}
	return &peer{vin: vin, auth: auth, key: key, public: public, session: cache.New(1)}, nil
}

// sessionFor tells the session that a command of the command line needs, if any: the doors' alone lets infotainment sleep.
func sessionFor(name string) string {
	switch name {
	case "unlock", "lock", "wake", "drive", "trunk-open", "trunk-close", "trunk-move", "frunk-open", "autosecure", "tonneau-open", "tonneau-close", "tonneau-stop", "add-key", "remove-key":
		return "doors"
	case "attach", "pair", "public-key", "session", "session-info", "status", "keys", "key", "keep-sessions":
		return ""
	}
	if !slices.Contains(names(), name) {
		return ""
	}
	return "infotainment"
}

func perform(p *peer, words []string, timeout time.Duration) result {
	ctx, stop := context.WithTimeout(context.Background(), timeout)
	defer stop()
	if p.heard != nil {
		p.heard.forget(words[0] != "told" && words[0] != "paired")
	}
	done := result{Command: strings.Join(words, " "), OK: true, Faults: []string{}}
	found, err := run(ctx, p, words)
	if p.heard != nil {
		done.Faults = p.heard.faultsSoFar()
	}
	if err != nil {
		done.OK, done.Error = false, err.Error()
		return done
	}
	if done.Answer = found; found != nil {
		if message, is := found.(proto.Message); is {
			encoded, err := protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(message)
			if err != nil {
				done.OK, done.Error = false, err.Error()
				return done
			}
			done.Answer = json.RawMessage(encoded)
		}
	}
	return done
}

func show(done result) bool {
	line, err := json.Marshal(done)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return false
	}
	_, err = fmt.Println(string(line))
	return err == nil
}
