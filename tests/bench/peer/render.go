package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// job is one template with its data. Whole numbers of the data become int64, as in objects of Kubernetes.
type job struct {
	Name     string         `json:"name"`
	Template string         `json:"template"`
	Data     map[string]any `json:"data"`
}

type result struct {
	Name         string `json:"name"`
	Output       string `json:"output"`
	RenderNs     int64  `json:"renderNs"`
	RenderAllocs int64  `json:"renderAllocs"`
	RenderBytes  int64  `json:"renderBytes"`
	ParseNs      int64  `json:"parseNs"`
	ParseAllocs  int64  `json:"parseAllocs"`
}

// ours stands in for the functions that sprig does not have. They do as little as they can.
var ours = template.FuncMap{
	"gitConfigValue":      func(text string) string { return text },
	"gitConfigSubsection": func(text string) string { return `"` + text + `"` },
	"xmlText":             func(text string) string { return text },
	"jsonString":          func(text string) string { return `"` + text + `"` },
}

func render(in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	encoder := json.NewEncoder(out)
	for {
		var next job
		if err := decoder.Decode(&next); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		measured, err := measure(next)
		if err != nil {
			return fmt.Errorf("%s: %w", next.Name, err)
		}
		if err := encoder.Encode(measured); err != nil {
			return err
		}
	}
}

func measure(next job) (result, error) {
	data := whole(next.Data)
	functions := sprig.TxtFuncMap()
	parse := func() (*template.Template, error) {
		return template.New(next.Name).Funcs(functions).Funcs(ours).Parse(next.Template)
	}
	parsed, err := parse()
	if err != nil {
		return result{}, err
	}
	var once bytes.Buffer
	if err := parsed.Execute(&once, data); err != nil {
		return result{}, err
	}
	rendering := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var buffer bytes.Buffer
			if err := parsed.Execute(&buffer, data); err != nil {
				b.Fatal(err)
			}
		}
	})
	parsing := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parse(); err != nil {
				b.Fatal(err)
			}
		}
	})
	return result{
		Name:         next.Name,
		Output:       once.String(),
		RenderNs:     rendering.NsPerOp(),
		RenderAllocs: rendering.AllocsPerOp(),
		RenderBytes:  rendering.AllocedBytesPerOp(),
		ParseNs:      parsing.NsPerOp(),
		ParseAllocs:  parsing.AllocsPerOp(),
	}, nil
}

// whole turns whole numbers into int64 and all others into float64.
func whole(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			value[key] = whole(item)
		}
	case []any:
		for index, item := range value {
			value[index] = whole(item)
		}
	case json.Number:
		if number, err := value.Int64(); err == nil {
			return number
		}
		number, _ := value.Float64()
		return number
	}
	return value
}
