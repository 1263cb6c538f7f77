//go:build ignore

// Makes cases of Go's fmt and text/template with what Go makes of them, one a line:
//
//	go run generate.go SEED COUNT formats|floats|quotes|calls
//
// Fields are parted by tabs: what is called, the format, the operands, the result. Bytes that are not printed are written
// as \xNN. An error is written as ! with Go's words, without those that depend on values. In testdata are short ones of
// seed 7, made with Go 1.26.
package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand"
	"os"
	"reflect"
	"strconv"
	"strings"
	"text/template"
)

var random *rand.Rand

func pick[T any](of ...T) T { return of[random.Intn(len(of))] }

func chance(percent int) bool { return random.Intn(100) < percent }

func main() {
	seed, _ := strconv.ParseInt(os.Args[1], 10, 64)
	count, _ := strconv.Atoi(os.Args[2])
	random = rand.New(rand.NewSource(seed))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	seen := map[string]bool{}
	for made := 0; made < count; {
		line := map[string]func() string{
			"formats": formatCase, "floats": floatCase, "quotes": quoteCase, "calls": callCase,
		}[os.Args[3]]()
		if line == "" || seen[line] || len(line) > 4000 {
			continue
		}
		seen[line] = true
		fmt.Fprintln(out, line)
		made++
	}
}

// escape makes text fit for one field of one line.
func escape(text string, space bool) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' || c > '~' || c == '\\' || (c == ' ' && space) {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// encode writes a value as tokens parted by spaces.
func encode(v any) string {
	many := func(tag string, v reflect.Value) string {
		if v.IsNil() {
			return "nil:" + tag
		}
		parts := []string{fmt.Sprintf("%s:%d", tag, v.Len())}
		if v.Kind() == reflect.Map {
			for _, key := range v.MapKeys() {
				parts = append(parts, encode(key.Interface()), encode(v.MapIndex(key).Interface()))
			}
			return strings.Join(parts, " ")
		}
		for i := 0; i < v.Len(); i++ {
			parts = append(parts, encode(v.Index(i).Interface()))
		}
		return strings.Join(parts, " ")
	}
	switch v := v.(type) {
	case nil:
		return "nil"
	case bool, int, int64, int32, uint8, uint64:
		return fmt.Sprintf("%T:%v", v, v)
	case float64:
		return fmt.Sprintf("float64:%016x", math.Float64bits(v))
	case complex128:
		return fmt.Sprintf("complex128:%016x:%016x", math.Float64bits(real(v)), math.Float64bits(imag(v)))
	case string:
		return "string:" + escape(v, true)
	case []any:
		return many("[]any", reflect.ValueOf(v))
	case []string:
		return many("[]string", reflect.ValueOf(v))
	case []int:
		return many("[]int", reflect.ValueOf(v))
	case []byte:
		return many("[]byte", reflect.ValueOf(v))
	case [][]any:
		return many("[][]any", reflect.ValueOf(v))
	case map[string]any:
		return many("map[any]", reflect.ValueOf(v))
	case map[string]string:
		return many("map[string]", reflect.ValueOf(v))
	}
	panic(fmt.Sprintf("%T", v))
}

func whole() int64 {
	switch random.Intn(8) {
	case 0:
		return pick[int64](0, 1, -1, 10, -10, 255, 256, 65, 39, 34, 92, 10, 9, 0x7f, 0xa0, 0xad, 0x4e16, 0x1f600)
	case 1:
		return pick[int64](math.MaxInt64, math.MinInt64, math.MaxInt32, math.MinInt32, 0x10ffff, 0x110000, 0xd800, 0xfffd, 0xffff, 0xfeff, 0x378)
	case 2:
		return int64(random.Uint64())
	default:
		return int64(random.Intn(2000) - 500)
	}
}

func float() float64 {
	switch random.Intn(10) {
	case 9: // as near to one decimal as to the next
		return float64(random.Int63n(1<<53)) / pick(1.0, 2, 4, 8, 16, 32)
	case 0:
		return pick(0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1, -1, 0.5, 1e6, 1e20, 1e21, 1e-4, 1e-5, 123456, 1234567)
	case 1:
		return pick(math.MaxFloat64, math.SmallestNonzeroFloat64, 0x1p-1022, 0x1p-1074, 2.2250738585072011e-308, 1e23, 9007199254740993, 0.1, 0.3, 5e-324)
	case 2:
		return math.Float64frombits(random.Uint64())
	case 3: // halves, which round to even
		return (float64(random.Intn(4000)) + 0.5) / pick(1.0, 2, 4, 8, 16, 32, 1024)
	case 4:
		return float64(random.Intn(100000)) / pick(10.0, 100, 1000, 1e4, 1e7)
	case 5:
		return float64(random.Intn(1000)) * math.Pow(10, float64(random.Intn(40)-15))
	case 6:
		return -float64(random.Intn(1000)) / 8
	case 7:
		f, _ := strconv.ParseFloat(fmt.Sprintf("%d.%de%d", random.Intn(10), random.Intn(1000000), random.Intn(60)-30), 64)
		return f
	default:
		return float64(random.Int63n(1 << 60))
	}
}

func text() string {
	var b strings.Builder
	for n := random.Intn(8); n >= 0; n-- {
		b.WriteString(pick("a", "b", "hello", " ", "é", "世界", "\n", "\t", "\"", "'", "`", "\\", "\x00", "\x7f", "\xff", "\xe4\xb8",
			"\xed\xa0\x80", "\u00ad", "\u00a0", "\u200b", "\ufeff", "\ufffd", "😀", "\U000e0001", "\U0010ffff", "<", "&", ">", "%", "=", "x y", "10", "\a\b\f\r\v", "é"))
	}
	if chance(10) {
		return ""
	}
	return b.String()
}

func scalar() any {
	switch random.Intn(14) {
	case 0:
		return nil
	case 1:
		return chance(50)
	case 2, 3:
		return int(whole())
	case 4, 5:
		return whole()
	case 6:
		return int32(whole())
	case 7:
		return uint8(whole())
	case 8:
		return uint64(whole())
	case 9, 10:
		return float()
	case 11:
		return complex(float(), float())
	default:
		return text()
	}
}

func value(depth int) any {
	if depth == 0 || chance(60) {
		return scalar()
	}
	n := random.Intn(4)
	switch random.Intn(12) {
	case 0:
		return pick[any]([]any(nil), []string(nil), []byte(nil), map[string]any(nil), []int(nil), []any{}, map[string]any{})
	case 1, 2:
		v := make([]string, n)
		for i := range v {
			v[i] = text()
		}
		return v
	case 3:
		v := make([]int, n)
		for i := range v {
			v[i] = int(whole())
		}
		return v
	case 4:
		return []byte(text())
	case 5:
		v := make([][]any, n)
		for i := range v {
			v[i] = []any{value(depth - 1), scalar()}
		}
		return v
	case 6:
		v := map[string]string{}
		for i := 0; i < n; i++ {
			v[text()] = text()
		}
		return v
	case 7, 8, 9:
		v := map[string]any{}
		for i := 0; i < n; i++ {
			v[text()] = value(depth - 1)
		}
		return v
	default:
		v := make([]any, n)
		for i := range v {
			v[i] = value(depth - 1)
		}
		return v
	}
}

const verbs = "vvvvvddddsssssqqqqxxXxTtbcoOUUeEfFgGgGwz"

func format() string {
	var b strings.Builder
	for n := random.Intn(3); n >= 0; n-- {
		b.WriteString(pick("", "", "", " ", "a", "=%%", "é", "\xff", "%"))
		if chance(4) {
			continue
		}
		if chance(6) { // anything
			b.WriteByte('%')
			for k := random.Intn(6); k >= 0; k-- {
				b.WriteString(pick("[", "]", "*", ".", "-", "+", "#", " ", "0", "1", "2", "[1]", "[2]", "9", "12345678", "v", "d", "s", "%", "世", "\xfe", "!", "p"))
			}
			continue
		}
		b.WriteByte('%')
		for chance(30) {
			b.WriteString(pick("+", "-", "#", " ", "0", "#", "+"))
		}
		index := func() {
			if chance(5) {
				b.WriteString(pick("[1]", "[2]", "[3]", "[0]", "[-1]", "[x]", "[", "[]", "[1", "[99999999]", "[ 1]"))
			}
		}
		index()
		switch random.Intn(10) {
		case 0, 1, 2:
			b.WriteString(strconv.Itoa(random.Intn(30)))
		case 3:
			b.WriteString(pick("*", "*", "1000001", "100", "00005"))
		}
		if chance(25) {
			b.WriteByte('.')
			index()
			b.WriteString(pick("", "0", "1", "2", "3", "5", "8", "17", "20", "30", "*", "-1"))
		}
		index()
		b.WriteByte(verbs[random.Intn(len(verbs))])
	}
	return b.String()
}

func composite(v any) bool {
	switch reflect.ValueOf(v).Kind() {
	case reflect.Slice, reflect.Map:
		return true
	}
	return false
}

func line(op, format string, args []any, out string) string {
	tokens := make([]string, len(args))
	for i, arg := range args {
		tokens[i] = encode(arg)
	}
	out = escape(out, false)
	if rest, found := strings.CutSuffix(out, " "); found { // a space at the end of a line is easily lost
		out = rest + `\x20`
	}
	return strings.Join([]string{op, escape(format, false), strings.Join(tokens, " "), out}, "\t")
}

func formatCase() string {
	args := []any{}
	for n := random.Intn(4); n > 0; n-- {
		args = append(args, value(3))
	}
	switch random.Intn(20) {
	case 0:
		return line("print", "", args, fmt.Sprint(args...))
	case 1:
		return line("println", "", args, fmt.Sprintln(args...))
	case 2:
		v := value(3)
		return line("type", "", []any{v}, fmt.Sprintf("%T", v)+" "+reflect.ValueOf(v).Kind().String())
	}
	f := format()
	if strings.Contains(f, "p") {
		for _, arg := range args {
			if composite(arg) {
				return ""
			}
		}
	}
	// Widths and precisions from operands and large ones make large texts.
	out := fmt.Sprintf(f, args...)
	if len(out) > 3000 {
		return ""
	}
	return line("printf", f, args, out)
}

func floatCase() string {
	v := float()
	f := "%" + pick("", "", "", "+", "#", " ", "0", "-", "#+", "#0") + pick("", "", "", "12", "30") +
		pick("", "", "", ".", ".0", ".1", ".2", ".3", ".5", ".6", ".10", ".15", ".16", ".17", ".18", ".20", ".25", ".40") + pick("v", "e", "f", "g", "G", "E", "x", "X", "b", "g", "f")
	if chance(2) {
		f = "%." + strconv.Itoa(random.Intn(1200)) + pick("e", "f", "g", "x", "#g")
	}
	return line("printf", f, []any{v}, fmt.Sprintf(f, v))
}

func quoteCase() string {
	var b strings.Builder
	for n := random.Intn(4); n >= 0; n-- {
		switch random.Intn(4) {
		case 0:
			b.WriteString(text())
		case 1:
			b.WriteRune(rune(random.Intn(0x3000)))
		case 2:
			b.WriteRune(rune(random.Intn(0x20000)))
		default:
			b.WriteByte(byte(random.Intn(256)))
		}
	}
	f := pick("%q", "%q", "%+q", "%#q", "%x", "% x", "%#x", "%# X", "%.2q", "%20q", "%-20q|", "%.3x", "%s", "%.2s", "%12s", "%012s", "%#v", "%+#q")
	return line("printf", f, []any{b.String()}, fmt.Sprintf(f, b.String()))
}

// withoutValues leaves out of an error what depends on values.
func withoutValues(words string) string {
	for _, known := range []string{"index out of range", "invalid slice index", "too many slice indexes", "non-comparable type"} {
		if strings.HasPrefix(words, known) || strings.HasPrefix(words, "reflect: slice "+known) || strings.HasPrefix(words, "reflect: string "+known) {
			return known
		}
	}
	return words
}

func callCase() string {
	name := pick("index", "index", "slice", "slice", "len", "eq", "eq", "eq", "ne", "lt", "le", "gt", "ge", "html", "js", "urlquery", "not", "and", "or", "print", "println")
	small := func() any {
		if chance(70) {
			return pick[any](0, 1, 2, int64(1), uint8(1), uint64(2), -1, 3, "a", "b", "", nil, 1.0, 2.5, true, false, complex(1, 2), int32(1))
		}
		return value(2)
	}
	var args []any
	switch name {
	case "index", "slice":
		args = append(args, pick[any](value(2), text(), []any{1, "a", nil, map[string]any{"a": nil, "b": []any{1}}}, []string{"x", "y", "z"},
			map[string]any{"a": 1, "b": nil, "": []any{1, 2}}, map[string]string{"a": "b"}, []int{5, 6, 7}))
		for n := random.Intn(5); n > 0; n-- {
			args = append(args, small())
		}
	case "len", "not":
		args = append(args, value(2))
	case "ne", "lt", "le", "gt", "ge":
		args = append(args, small(), small())
	case "eq", "and", "or":
		for n := random.Intn(4); n >= 0; n-- {
			args = append(args, small())
		}
	default:
		for n := random.Intn(4); n > 0; n-- {
			args = append(args, value(2))
		}
	}
	data := map[string]any{}
	source := name
	for i, arg := range args {
		key := string(rune('a' + i))
		data[key] = arg
		if name == "slice" && i > 0 {
			// Go's slice does not take an index that a map holds, unless it went through a pipeline.
			source += " (." + key + ")"
		} else {
			source += " ." + key
		}
		// In slices the room behind the end shows up in Go.
		if name == "slice" && i == 0 && arg != nil {
			if v := reflect.ValueOf(arg); v.Kind() == reflect.Slice && v.Cap() != v.Len() {
				return ""
			}
		}
	}
	show := `{{printf "%T %#[1]v" (` + source + `)}}`
	var b strings.Builder
	if err := template.Must(template.New("t").Parse(show)).Execute(&b, data); err != nil {
		words := err.Error()
		if i := strings.Index(words, "error calling "+name+": "); i >= 0 {
			words = words[i+len("error calling "+name+": "):]
		}
		return line(name, "", args, "!"+withoutValues(words))
	}
	return line(name, "", args, b.String())
}
