// Answers what cel-go makes of an expression: one JSON request per line in, one JSON answer per line out.
//
// The environment is the one that the tests of crates/cel have: crates/cel/tests/it/golden.rs says the same in Rust.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"sort"
	"strings"
	"syscall"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
)

const (
	// Past it the runtime ends the process.
	maxMemory = 4 << 30
	// Work of one evaluation, in the units of cel-go.
	maxCost = 20_000_000
	// Evaluations of a case: the order of maps is another each time.
	runs = 24
	// All of them together.
	deadline = 10 * time.Second
)

type request struct {
	ID     uint64                     `json:"id"`
	Source string                     `json:"source"`
	Data   map[string]json.RawMessage `json:"data"`
}

type answer struct {
	ID uint64 `json:"id"`
	// ok, compile, eval, or stopped: ran into a bound of this program.
	Phase string `json:"phase"`
	// The value, or the error.
	Text string `json:"text"`
	// Two evaluations gave different answers.
	Unstable bool `json:"unstable,omitempty"`
}

// object is the one type with named fields.
const object = "Response"

var fields = map[string]*types.Type{
	"statusCode": types.IntType,
	"bodyString": types.StringType,
	"headers":    types.NewMapType(types.StringType, types.NewListType(types.StringType)),
	"body":       types.DynType,
}

type provider struct{ types.Provider }

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if name == object {
		return types.NewTypeTypeWithParam(types.NewObjectType(object)), true
	}
	return p.Provider.FindStructType(name)
}

func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != object {
		return p.Provider.FindStructFieldType(name, field)
	}
	of, found := fields[field]
	if !found {
		return nil, false
	}
	return &types.FieldType{
		Type: of,
		IsSet: func(target any) bool {
			_, found := target.(map[string]any)[field]
			return found
		},
		GetFrom: func(target any) (any, error) {
			value, found := target.(map[string]any)[field]
			if !found {
				return nil, fmt.Errorf("no such field: %s", field)
			}
			return value, nil
		},
	}, true
}

func environment() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	return cel.NewEnv(
		cel.CustomTypeProvider(provider{registry}),
		cel.CustomTypeAdapter(registry),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.EnableIdentifierEscapeSyntax(),
		cel.EagerlyValidateDeclarations(true),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals()),
		ext.Strings(ext.StringsVersion(0)),
		cel.Variable("b", cel.BoolType),
		cel.Variable("i", cel.IntType),
		cel.Variable("u", cel.UintType),
		cel.Variable("d", cel.DoubleType),
		cel.Variable("s", cel.StringType),
		cel.Variable("y", cel.BytesType),
		cel.Variable("t", cel.TimestampType),
		cel.Variable("p", cel.DurationType),
		cel.Variable("l", cel.ListType(cel.IntType)),
		cel.Variable("ls", cel.ListType(cel.StringType)),
		cel.Variable("m", cel.MapType(cel.StringType, cel.IntType)),
		cel.Variable("v", cel.DynType),
		cel.Variable("response", cel.ObjectType(object)),
	)
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
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var data any
	if err := decoder.Decode(&data); err != nil {
		return nil, err
	}
	return numbers(data)
}

// variables gives JSON the types of the environment.
func variables(data map[string]json.RawMessage) (map[string]any, error) {
	out := make(map[string]any, len(data))
	for name, raw := range data {
		value, err := decode(raw)
		if err != nil {
			return nil, err
		}
		switch name {
		case "u":
			value = uint64(value.(int64))
		case "d":
			if whole, ok := value.(int64); ok {
				value = float64(whole)
			}
		case "y":
			value = []byte(value.(string))
		case "t":
			if value, err = time.Parse(time.RFC3339Nano, value.(string)); err != nil {
				return nil, err
			}
		case "p":
			if value, err = time.ParseDuration(value.(string)); err != nil {
				return nil, err
			}
		}
		out[name] = value
	}
	return out, nil
}

// quote is the same in Go and in Rust: bytes that are not printable ASCII are \xHH.
func quote(text []byte) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&out, "\\x%02x", c)
		} else {
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func double(number float64) string {
	if math.IsNaN(number) {
		return "double(NaN)"
	}
	return fmt.Sprintf("double(%016x)", math.Float64bits(number))
}

// show writes a value with its type; maps in the order of what is written.
func show(value ref.Val) string {
	switch value := value.(type) {
	case types.Bool:
		return fmt.Sprintf("bool(%t)", bool(value))
	case types.Int:
		return fmt.Sprintf("int(%d)", int64(value))
	case types.Uint:
		return fmt.Sprintf("uint(%d)", uint64(value))
	case types.Double:
		return double(float64(value))
	case types.String:
		return "string(" + quote([]byte(value)) + ")"
	case types.Bytes:
		return "bytes(" + quote(value) + ")"
	case types.Null:
		return "null"
	case types.Timestamp:
		return "timestamp(" + value.Format(time.RFC3339Nano) + ")"
	case types.Duration:
		return fmt.Sprintf("duration(%d)", int64(value.Duration))
	case *types.Type:
		return "type(" + value.TypeName() + ")"
	case traits.Mapper:
		var entries []string
		for it := value.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			entries = append(entries, show(key)+": "+show(value.Get(key)))
		}
		sort.Strings(entries)
		return "{" + strings.Join(entries, ", ") + "}"
	case traits.Lister:
		var items []string
		for it := value.Iterator(); it.HasNext() == types.True; {
			items = append(items, show(it.Next()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return "unknown(" + value.Type().TypeName() + ")"
}

func evaluate(program cel.Program, data map[string]any) (phase, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	value, _, err := program.ContextEval(ctx, data)
	switch {
	case err != nil && (errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "cost limit exceeded") || strings.Contains(err.Error(), "interrupted")):
		return "stopped", err.Error()
	case err != nil:
		return "eval", err.Error()
	}
	return "ok", show(value)
}

func run(env *cel.Env, r *request) answer {
	a := answer{ID: r.ID}
	tree, issues := env.Compile(r.Source)
	if issues.Err() != nil {
		a.Phase, a.Text = "compile", issues.Err().Error()
		return a
	}
	data, err := variables(r.Data)
	if err != nil {
		a.Phase, a.Text = "stopped", "data: "+err.Error()
		return a
	}
	program, err := env.Program(tree, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(100))
	if err != nil {
		// Types were right; what is wrong here, most engines find when they run.
		a.Phase, a.Text = "eval", "program: "+err.Error()
		return a
	}
	a.Phase, a.Text = evaluate(program, data)
	for range runs - 1 {
		phase, text := evaluate(program, data)
		if phase != a.Phase || (phase == "ok" && text != a.Text) {
			a.Unstable = true
		}
	}
	return a
}

func main() {
	debug.SetMemoryLimit(maxMemory / 2)
	limit := syscall.Rlimit{Cur: maxMemory, Max: maxMemory}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		fmt.Fprintln(os.Stderr, "oracle: no memory limit:", err)
	}
	env, err := environment()
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(2)
	}
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
		if err := out.Encode(run(env, &r)); err != nil {
			os.Exit(2)
		}
	}
}
