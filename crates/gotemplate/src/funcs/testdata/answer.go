//go:build ignore

// Answers the templates of answers.jsonl again: each line is a template, its data, and what Go makes of it: "ok" with
// the output, "hex" with an output that is not UTF-8, or "error" with the phase. In a module that requires sprig
// v3.3.0: TZ=UTC go run answer.go <answers.jsonl >new.jsonl
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
)

type line struct {
	T     string          `json:"t"`
	D     json.RawMessage `json:"d"`
	Ok    *string         `json:"ok,omitempty"`
	Hex   *string         `json:"hex,omitempty"`
	Error *string         `json:"error,omitempty"`
}

// As Kubernetes reads numbers: whole ones are int64.
func convert(v any) any {
	switch v := v.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil && !strings.ContainsAny(v.String(), ".eE") {
			return whole
		}
		float, _ := v.Float64()
		return float
	case map[string]any:
		for key := range v {
			v[key] = convert(v[key])
		}
	case []any:
		for i := range v {
			v[i] = convert(v[i])
		}
	}
	return v
}

func answer(l *line) {
	l.Ok, l.Hex, l.Error = nil, nil, nil
	decoder := json.NewDecoder(bytes.NewReader(l.D))
	decoder.UseNumber()
	var data any
	if err := decoder.Decode(&data); err != nil {
		panic(err)
	}
	phase := "parse"
	parsed, err := template.New("t").Funcs(sprig.TxtFuncMap()).Parse(l.T)
	var out bytes.Buffer
	if err == nil {
		phase = "exec"
		err = parsed.Execute(&out, convert(data))
	}
	text := out.String()
	switch {
	case err != nil:
		l.Error = &phase
	case utf8.ValidString(text):
		l.Ok = &text
	default:
		text = hex.EncodeToString(out.Bytes())
		l.Hex = &text
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			panic(err)
		}
		answer(&l)
		text, _ := json.Marshal(l)
		fmt.Println(string(text))
	}
}
