// Answers what Go's own text/template, with the functions of sprig, makes of a template: one JSON request per
// line in, one JSON answer per line out.
//
// A case that runs away (endless loop, endless recursion, all of the memory) cannot be stopped inside Go, so the
// process says so, where it can, and ends; whoever asked starts another.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

const (
	// Of output; more is cut off with an error.
	maxOutput = 4 << 20
	// Of address space; Go itself maps about a tenth of it. Past it the runtime ends the process.
	maxMemory = 2 << 30
	// A goroutine's stack; endless recursion must not take seconds to fail.
	maxStack = 128 << 20
)

type request struct {
	ID       uint64          `json:"id"`
	Template string          `json:"template"`
	Data     json.RawMessage `json:"data"`
	Left     string          `json:"left"`
	Right    string          `json:"right"`
	Sprig    bool            `json:"sprig"`
	Options  []string        `json:"options"`
	// How often to render; an answer that differs between two runs is not stable. Default 1.
	Runs int `json:"runs"`
	// How long all runs may take together.
	Milliseconds int `json:"milliseconds"`
}

type answer struct {
	ID uint64 `json:"id"`
	// ok, parse, exec, or killed: ran into a bound of this program.
	Phase  string `json:"phase"`
	Output []byte `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
	// Two runs gave different answers: map order, chance, time.
	Unstable bool `json:"unstable,omitempty"`
}

var errTooLong = errors.New("oracle: output too long")

// capped is a buffer that refuses to grow past maxOutput.
type capped struct{ bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	if c.Len()+len(p) > maxOutput {
		return 0, errTooLong
	}
	return c.Buffer.Write(p)
}

// numbers makes of JSON numbers what Kubernetes makes of them: integers that fit are int64, all others float64.
func numbers(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i, nil
		}
		f, err := v.Float64()
		if err != nil || math.IsInf(f, 0) {
			return nil, fmt.Errorf("number out of range: %s", v)
		}
		return f, nil
	case map[string]any:
		for key, value := range v {
			converted, err := numbers(value)
			if err != nil {
				return nil, err
			}
			v[key] = converted
		}
	case []any:
		for i, value := range v {
			converted, err := numbers(value)
			if err != nil {
				return nil, err
			}
			v[i] = converted
		}
	}
	return v, nil
}

func decode(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var data any
	if err := decoder.Decode(&data); err != nil {
		return nil, err
	}
	return numbers(data)
}

// functions of sprig are added once: adding them costs more than a usual case.
var withSprig = template.New("main").Funcs(sprig.TxtFuncMap())

func parse(r *request) (*template.Template, error) {
	t := template.New("main")
	if r.Sprig {
		var err error
		if t, err = withSprig.Clone(); err != nil {
			return nil, err
		}
	}
	return t.Delims(r.Left, r.Right).Option(r.Options...).Parse(r.Template)
}

func once(r *request) (a answer) {
	a.ID = r.ID
	phase := "parse"
	defer func() {
		// text/template turns panics of functions into errors, and those of its own it does not.
		if p := recover(); p != nil {
			a = answer{ID: r.ID, Phase: phase, Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	t, err := parse(r)
	if err != nil {
		return answer{ID: r.ID, Phase: phase, Error: err.Error()}
	}
	data, err := decode(r.Data)
	if err != nil {
		return answer{ID: r.ID, Phase: "killed", Error: "data: " + err.Error()}
	}
	phase = "exec"
	var out capped
	err = t.Execute(&out, data)
	switch {
	case errors.Is(err, errTooLong):
		return answer{ID: r.ID, Phase: "killed", Error: err.Error()}
	case err != nil:
		return answer{ID: r.ID, Phase: phase, Error: err.Error()}
	}
	return answer{ID: r.ID, Phase: "ok", Output: out.Bytes()}
}

func run(r *request) answer {
	first := once(r)
	for i := 1; i < r.Runs && first.Phase != "killed"; i++ {
		next := once(r)
		if next.Phase != first.Phase || !bytes.Equal(next.Output, first.Output) {
			first.Unstable = true
			break
		}
	}
	return first
}

func bound() {
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(maxMemory / 2)
	limit := syscall.Rlimit{Cur: maxMemory, Max: maxMemory}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		fmt.Fprintln(os.Stderr, "oracle: no memory limit:", err)
	}
	// A fatal error of the runtime prints every goroutine; one line is enough.
	debug.SetTraceback("none")
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	bound()
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return
		}
		var r request
		if err == nil || err == io.EOF {
			err = json.Unmarshal(line, &r)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "oracle: not a request:", err)
			os.Exit(2)
		}
		done := make(chan answer, 1)
		go func() { done <- run(&r) }()
		select {
		case a := <-done:
			if err := out.Encode(a); err != nil {
				os.Exit(2)
			}
		case <-time.After(time.Duration(r.Milliseconds) * time.Millisecond):
			_ = out.Encode(answer{ID: r.ID, Phase: "killed", Error: "deadline"})
			os.Exit(3)
		}
	}
}
