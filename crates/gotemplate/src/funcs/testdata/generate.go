//go:build ignore

// Makes calls.txt: calls of sprig's functions with values at the edges, and what Go gives for them. In a module that
// requires sprig v3.3.0: go run generate.go 14 1 >calls.txt
package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand"
	"os"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
	sprig "github.com/Masterminds/sprig/v3"
)

// value is anything.
type value = interface{}

func show(v value, levels int) string {
	if levels == 0 {
		return "..."
	}
	switch v := v.(type) {
	case nil:
		return "nil"
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10) + "l"
	case uint8:
		return strconv.Itoa(int(v)) + "u"
	case float64:
		return "f" + fmt.Sprintf("%v", v)
	case string:
		return strconv.QuoteToASCII(v)
	case *semver.Version:
		return "v" + strconv.QuoteToASCII(v.String())
	case semver.Version:
		return "v" + strconv.QuoteToASCII(v.String())
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice:
		if r.IsNil() {
			return "nil[]"
		}
		var o []string
		for i := 0; i < r.Len(); i++ {
			o = append(o, show(r.Index(i).Interface(), levels-1))
		}
		s := map[string]string{"[]interface {}": "", "[]string": "s", "[]int": "i", "[]uint8": "b", "[][]interface {}": "a"}[r.Type().String()]
		return s + "[" + strings.Join(o, ", ") + "]"
	case reflect.Map:
		if r.IsNil() {
			return "nil{}"
		}
		var ks []string
		for _, k := range r.MapKeys() {
			ks = append(ks, k.String())
		}
		sort.Strings(ks)
		var o []string
		for _, k := range ks {
			o = append(o, strconv.QuoteToASCII(k)+": "+show(r.MapIndex(reflect.ValueOf(k)).Interface(), levels-1))
		}
		s := ""
		if r.Type().String() == "map[string]string" {
			s = "s"
		}
		return s + "{" + strings.Join(o, ", ") + "}"
	}
	return "other"
}

// values are made anew for each call, so that changes of one are not seen by the next
type gen func() value

func S(s string) gen { return func() value { return s } }
func V(v value) gen  { return func() value { return v } }
func L(g ...gen) gen {
	return func() value {
		o := []interface{}{}
		for _, x := range g {
			o = append(o, x())
		}
		return o[:len(o):len(o)]
	}
}
func SL(s ...string) gen { return func() value { return slices.Clip(append([]string{}, s...)) } }
func IL(s ...int) gen    { return func() value { return slices.Clip(append([]int{}, s...)) } }
func AL(g ...gen) gen {
	return func() value {
		o := [][]interface{}{}
		for _, x := range g {
			o = append(o, x().([]interface{}))
		}
		return o[:len(o):len(o)]
	}
}
func M(kv ...value) gen {
	return func() value {
		o := map[string]interface{}{}
		for i := 0; i < len(kv); i += 2 {
			o[kv[i].(string)] = kv[i+1].(gen)()
		}
		return o
	}
}
func SM(kv ...string) gen {
	return func() value {
		o := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			o[kv[i]] = kv[i+1]
		}
		return o
	}
}
func SV(v string) gen { return func() value { return semver.MustParse(v) } }

var null gen = func() value { return nil }

var strs = []string{
	"", " ", "a", "A", "abc", "Hello World", "hello world foo", "The quick brown fox jumps", "  lead and trail  ", "\t\n x\r\n", "a\nb\nc\n", "\n", "\n\n", "a,b,c", ",a,,b,", "äöü ÄÖÜ ß", "ŉ ǰ ΐ ﬁ ſ ı İ", "ǆ Ǆ ǅ ǳabc ǲ", "ᾳ ᾀ ᾼ ῳ", "Ⅷ ⅷ ⓐ Ⓐ", "ა Ა აბგ", "日本語 text 漢字Kanji", "😀smile 😀", "a\xffb\xfe", "\xff", "\xed\xa0\x80", "x\xc3", "\u00a0nbsp\u00a0", "\u0085nel\u0085", "\u2003em\u2003", "FirstName", "HTTPServer", "NoHTTPS", "GO_PATH", "GO PATH", "GO-PATH", "http2xx", "HTTP20xOK", "Duration2m3s", "Bld4Floor3rd", "_complex__case_", "some_words", "-", "--", "_", "a_", "_a", "a-b_c d", "foo.bar", "foo!Bar", "A1B2C3", "9lives", "x9", "X9", "X9y", "ABC123def", "ABC123", "123", "12ab34CD", "héllo wörld", "ÉcoleÀLaMode", "漢字Kanji2Go", "Aß", "ΑΒΓδεζ", "κόσμος", "%d 100%", "\"quoted\" 'single' \\ back`tick", "<a href=\"x\">&</a>", "\x00\x01\x7f", "aaa", "abab", "ababab", "https://example.com/a/very/long/url/without/spaces and words", "word", "one two  three   four", "a b c d e f g", "verylongwordthatdoesnotfit short", "00123", "-5", "+7", "0x1f", "1e3", "3.14", "9223372036854775807", "9223372036854775808", "true", "…", "\u200b", "\ufffd", "a\u0301", "ʼnʼN", "ꟓ Ɤ Ƛ ɤ", "İstanbul IĞDIR",
}

var ints = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 40, 100, 1000, -1, -2, -3, -5, -10, -1000, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, 1 << 31, -(1 << 31)}
var smallInts = []int{0, 1, 2, 3, 4, 5, 7, 16, -1, -5, math.MinInt64}

var scal = []gen{null, V(true), V(false), V(0), V(1), V(-3), V(int64(0)), V(int64(1)), V(int64(42)), V(0.0), V(1.0), V(2.5), V(math.NaN()), V(1e21), V(math.Copysign(0, -1)), V(uint8(7)), V(uint8(0)), S(""), S("a"), S("b"), S("hello"), S("1"), S("ä"), S("\xff"), S("3.0"), S("two words")}
var lists = []gen{L(), SL(), IL(), AL(), V([]interface{}(nil)), L(V(1), V(2), V(3)), L(S("b"), S("a"), S("c")), SL("b", "a", "c"), SL("a", "a", "b", ""), IL(3, 1, 2, 3), IL(0), L(V(1), V(int64(1)), V(1.0), S("1"), V(true)), L(null, S(""), V(0), S("x"), null), L(L(V(1)), L(V(1)), L(V(int64(1)))), L(M("a", V(1)), M("a", V(1)), M("a", V(2))), AL(L(V(1)), L()), L(L(), L(), V([]interface{}(nil))), L(V(math.NaN()), V(math.NaN())), L(V(0.0), V(math.Copysign(0, -1))), SL("ä", "z", "Z", "\xff"), L(S("x")), L(SL("a"), L(S("a"))), L(SM("a", "1"), M("a", S("1"))), L(SV("1.2.3"), SV("1.2.3"), SV("1.2.4")), SL("only")}
var maps = []gen{M(), V(map[string]interface{}(nil)), M("a", V(1)), M("a", V(0), "b", S("")), M("a", S("x"), "b", S("y"), "c", V(true)), M("a", M("b", V(1))), M("a", M("b", V(2), "c", S("n"))), M("a", M("b", M("c", V(1)))), M("a", M()), M("a", null), M("a", null, "b", null), M("a", L(V(1))), M("a", L()), M("a", SL("x", "y"), "b", IL(1)), M("a", S("str"), "l", L(V(1), V(2))), M("z", V(1.5), "y", V(int64(3))), M("a", SM("b", "1")), M("a", SM()), M("a", V(false), "b", V(true)), M("a", V([]interface{}(nil)), "b", V(map[string]interface{}(nil))), M("", S("empty key")), M("ä", V(1), "\xff", V(2)), M("a", SV("1.2.3")), M("a", M("b", null, "x", S(""))), M("a", M("b", L(V(1), M("c", V(2)))))}
var smaps = []gen{SM(), SM("a", "1"), SM("_0", "x", "_1", "y")}
var anys []gen

func init() {
	anys = append(anys, scal...)
	anys = append(anys, lists...)
	anys = append(anys, maps...)
	anys = append(anys, smaps...)
	anys = append(anys, SV("1.2.3"), SV("0.0.0-rc.1+b"))
}

var fm = sprig.TxtFuncMap()

func call(name string, args []gen) string {
	f := reflect.ValueOf(fm[name])
	t := f.Type()
	var vs []value
	var in []reflect.Value
	var before []string
	for i, g := range args {
		v := g()
		vs = append(vs, v)
		before = append(before, show(v, 9))
		var want reflect.Type
		if t.IsVariadic() && i >= t.NumIn()-1 {
			want = t.In(t.NumIn() - 1).Elem()
		} else {
			want = t.In(i)
		}
		if v == nil {
			in = append(in, reflect.Zero(want))
		} else {
			in = append(in, reflect.ValueOf(v))
		}
	}
	res := "!"
	func() {
		defer func() { recover() }()
		out := f.Call(in)
		if len(out) == 2 && !out[1].IsNil() {
			return
		}
		o := out[0].Interface()
		if name == "keys" {
			sort.Strings(o.([]string))
		}
		if name == "values" {
			m := vs[0].(map[string]interface{})
			var ks []string
			for k := range m {
				ks = append(ks, k)
			}
			sort.Strings(ks)
			for i, k := range ks {
				o.([]interface{})[i] = m[k]
			}
		}
		res = show(o, 8)
	}()
	var after []string
	for _, v := range vs {
		after = append(after, show(v, 8))
	}
	for i := range before {
		before[i] = show(args[i](), 8)
	}
	line := name + "(" + strings.Join(before, ", ") + ") = " + res
	if strings.Join(after, ", ") != strings.Join(before, ", ") {
		line += " | " + strings.Join(after, ", ")
	}
	return line
}

func pick(r *rand.Rand, l []gen) gen { return l[r.Intn(len(l))] }
func str(r *rand.Rand) gen           { return S(strs[r.Intn(len(strs))]) }

var r = rand.New(rand.NewSource(7))

var chars = []rune("aAbBzZ019-_ .,!/äÄßǆǅΣσς漢字\u00a0\u0085\u2003\ufffdⅧªʰ😀ꟓ٣𝟘𐐀𐐨")

func randStr() gen {
	n := r.Intn(12)
	s := ""
	for i := 0; i < n; i++ {
		if r.Intn(12) == 0 {
			s += string([]byte{byte(r.Intn(256))})
		} else {
			s += string(chars[r.Intn(len(chars))])
		}
	}
	return S(s)
}

func anyStr() gen {
	if r.Intn(3) == 0 {
		return randStr()
	}
	return str(r)
}

// how an argument of a parameter is made: s string, n int, m small int, v any, l mostly a list, d map
func arg(k byte) gen {
	switch k {
	case 's':
		return anyStr()
	case 'n':
		if r.Intn(3) > 0 {
			return V(r.Intn(30) - 4)
		}
		return V(ints[r.Intn(len(ints))])
	case 'm':
		return V(smallInts[r.Intn(len(smallInts))])
	case 'c':
		return V([]int{-1, 0, 1, 2, 3, 5, 10, math.MinInt64, math.MaxInt64, -2, -3, -10}[r.Intn(12)])
	case 'l':
		if r.Intn(8) == 0 {
			return pick(r, anys)
		}
		return pick(r, lists)
	case 'd':
		return pick(r, maps)
	case 'k':
		return S([]string{"a", "b", "c", "", "ä", "zz", "\xff", "_0"}[r.Intn(8)])
	case 'b':
		return V(r.Intn(2) == 0)
	case 't':
		return S([]string{"int", "string", "[]interface {}", "map[string]interface {}", "<nil>", "semver.Version", "*semver.Version", "slice", "map", "invalid", "float64", "bool", "ptr", "", "[]string", "uint8"}[r.Intn(16)])
	case 'x':
		return S([]string{"", " ", ",", "a", "b", "ab", "\n", "-", "ä", "\xff", "\ufffd", "aa", "aab ", "äß", ", "}[r.Intn(15)])
	case 'i':
		switch r.Intn(3) {
		case 0:
			return V(r.Intn(6) - 1)
		case 1:
			return V(int64(r.Intn(4)))
		}
		return pick(r, scal)
	}
	return pick(r, anys)
}

var plan = []string{
	"abbrev n s", "abbrevboth n n s", "trunc n s", "trim s", "upper s", "lower s", "title s", "untitle s", "substr n n s", "repeat m s", "trimall x s", "trimAll x s", "trimAll s s", "trimSuffix x s", "trimPrefix x s", "nospace s", "initials s", "swapcase s", "camelcase s", "snakecase s", "kebabcase s", "wrap n s", "wrapWith n x s", "contains x s", "hasPrefix x s", "hasSuffix x s", "quote v*", "squote v*", "cat v*", "indent m s", "nindent m s", "replace x s s", "replace x x s", "plural s s n", "toString v", "atoi s", "split x s", "splitList x s", "splitn x c s", "toStrings v", "join x l", "join x v", "sortAlpha l", "sortAlpha v",
	"list v*", "tuple v*", "append l v", "push l v", "prepend l v", "chunk c l", "first l", "last l", "rest l", "initial l", "reverse l", "compact l", "uniq l", "without l v*", "has v l", "slice l i", "slice l i i", "slice l", "concat l*", "mustAppend l v", "mustPush l v", "mustPrepend l v", "mustChunk c l", "mustFirst l", "mustLast l", "mustRest l", "mustInitial l", "mustReverse l", "mustCompact l", "mustUniq l", "mustWithout l v*", "mustHas v l", "mustSlice l i i",
	"get d k", "set d k v", "unset d k", "hasKey d k", "pluck k d*", "keys d", "keys", "values d", "pick d k*", "omit d k*", "dict v*", "dict k v k v", "merge d d*", "mergeOverwrite d d*", "mustMerge d d*", "mustMergeOverwrite d d*", "deepCopy v", "mustDeepCopy v", "dig k v d", "dig k k v d", "dig k k k v d", "dig v*",
	"default v", "default v v", "default v v v", "empty v", "coalesce v*", "all v*", "any v*", "ternary v v b", "typeOf v", "typeIs t v", "typeIsLike t v", "kindOf v", "kindIs t v", "deepEqual v v", "deepEqual l l", "deepEqual d d",
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	seed, _ := strconv.Atoi(os.Args[2])
	r = rand.New(rand.NewSource(int64(seed)))
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	seen := map[string]bool{}
	emit := func(l string) {
		if !seen[l] && !strings.Contains(l, "other") && len(l) < 2000 {
			seen[l] = true
			fmt.Fprintln(w, l)
		}
	}
	for _, p := range plan {
		f := strings.Fields(p)
		k := n
		if len(f) == 1 {
			k = 1
		}
		for i := 0; i < k; i++ {
			var args []gen
			for _, a := range f[1:] {
				if strings.HasSuffix(a, "*") {
					for j := r.Intn(4); j > 0; j-- {
						args = append(args, arg(a[0]))
					}
				} else {
					args = append(args, arg(a[0]))
				}
			}
			emit(call(f[0], args))
		}
	}
}
