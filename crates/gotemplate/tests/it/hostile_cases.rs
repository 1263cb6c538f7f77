//! Templates that are meant to hang, grow or crash. Without bounds most of them would take hours or all of the memory.
//!
//! Used by the tests here, and by `tests/oracle`, which measures their time and memory.

use serde_json::{Value, json};

/// What must come of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// An error: of a bound, or of the function that refuses.
    Error,
    /// Any answer: it is cheap, or the engine does it in another way than feared.
    Answer,
}

/// A case: its template, and what must come of it.
pub type Hostile = (String, Wants);

/// What the cases are rendered over: lists, maps and texts that are large, but not past what a caller would hand on.
pub fn data() -> Value {
    let mut deep = json!("end");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    json!({
        "l": (0..2000).collect::<Vec<i64>>(),
        "w": (0..2000).map(|i| format!("word{}", (i * 7919) % 2000)).collect::<Vec<_>>(),
        "s": "x".repeat(1000),
        "t": "x".repeat(500_000),
        "n": "9".repeat(100_000),
        "b": " \n".repeat(250_000),
        "k": (0..20).map(|i| (format!("{}{i:02}", "x".repeat(500_000)), json!(i))).chain([("x".repeat(500_000), json!(1))]).collect::<serde_json::Map<_, _>>(),
        "m": (0..500).map(|i| (i.to_string(), json!(i))).collect::<serde_json::Map<_, _>>(),
        "deep": deep,
        "x": 1,
    })
}

/// All cases.
pub fn cases() -> Vec<Hostile> {
    let mut all = Vec::new();
    let mut add = |wants: Wants, templates: Vec<String>| {
        all.extend(templates.into_iter().map(|template| (template, wants)));
    };
    add(Wants::Error, owned(&LOOPS));
    add(Wants::Error, GROWTH.iter().map(|step| growing(step)).collect());
    add(Wants::Error, owned(&SHARED));
    add(Wants::Error, owned(&WIDE));
    add(Wants::Error, owned(&WORK));
    add(Wants::Answer, owned(&EITHER));
    add(Wants::Error, nested());
    add(Wants::Answer, long());
    add(Wants::Error, calls());
    all
}

fn owned(cases: &[&str]) -> Vec<String> {
    cases.iter().map(|&case| case.to_owned()).collect()
}

/// A text that each round makes longer.
fn growing(step: &str) -> String {
    format!("{{{{ $x := \"a b\" }}}}{{{{ range 100000 }}}}{{{{ $x = {step} }}}}{{{{ end }}}}{{{{ $x }}}}")
}

const LOOPS: [&str; 12] = [
    "{{ range .l }}{{ range $.l }}{{ range $.l }}{{ end }}{{ end }}{{ end }}",
    "{{ range $x := .l }}{{ range $.l }}{{ range $.l }}{{ $x = . }}{{ end }}{{ end }}{{ end }}",
    "{{ range 1000000000000 }}{{ end }}",
    "{{ range 1000000000000 }}{{ continue }}{{ end }}",
    "{{ range $i, $e := .l }}{{ range $.m }}{{ if eq $i . }}{{ end }}{{ end }}{{ end }}",
    "{{ range until 1000000000 }}{{ end }}",
    "{{ until 1000000000 }}",
    "{{ untilStep 0 9223372036854775807 1 }}",
    "{{ untilStep -9223372036854775808 9223372036854775807 3 }}",
    "{{ seq 1 900000000 }}",
    "{{ seq 900000000 }}",
    "{{ range .l }}{{ range $.w }}{{ len . }}{{ end }}{{ end }}",
];

/// What a round makes of the text.
const GROWTH: [&str; 34] = [
    "print $x $x",
    "printf \"%s%s\" $x $x",
    "printf \"%[1]s%[1]s%[1]s\" $x",
    "printf \"%q\" $x",
    "printf \"%x\" $x",
    "printf \"%v\" (list $x $x)",
    "println $x $x",
    "cat $x $x",
    "replace \"a\" \"aaaaaaaaaa\" $x",
    "replace \"\" $x $x",
    "regexReplaceAll \"a\" $x \"${0}${0}${0}\"",
    "regexReplaceAllLiteral \"\" $x $x",
    "join $x (list $x $x $x)",
    "indent 1000 $x | replace \" \" \"\\n\"",
    "nindent 1000 $x | replace \" \" \"\\n\"",
    "toJson $x",
    "toJson (list $x $x)",
    "toPrettyJson (dict \"a\" $x \"b\" $x)",
    "quote $x | repeat 2",
    "quote $x $x",
    "squote $x $x",
    "html (print $x \"<<<\") | repeat 2",
    "js (print $x \"<<<\") | repeat 2",
    "urlquery $x | repeat 2",
    "b64enc $x",
    "b32enc $x",
    "repeat 3 $x",
    "wrapWith 1 $x $x",
    "regexQuoteMeta (print $x \"....\") | repeat 2",
    "abbrevboth 1 100000 (print $x $x)",
    "upper $x | print $x",
    "snakecase $x | print $x",
    "splitList \"\" $x | join $x",
    "sha512sum $x | print $x",
];

/// Values that hold themselves twice, or themselves.
const SHARED: [&str; 26] = [
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}",
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ $x }}",
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ printf \"%d\" $x }}",
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ $y := deepCopy $x }}",
    "{{ $x := list 1 }}{{ $y := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}{{ deepEqual $x $y }}",
    "{{ $x := list 1 }}{{ $y := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}{{ has $x (list $y) }}",
    "{{ $x := list 1 }}{{ $y := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}{{ uniq (list $x $y) }}",
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ toString $x }}",
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ join \",\" $x }}",
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ toStrings $x }}",
    "{{ $x := dict \"a\" 1 }}{{ range 80 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}{{ $x }}",
    "{{ $x := dict \"a\" 1 }}{{ range 80 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}{{ toPrettyJson $x }}",
    "{{ $x := dict \"a\" 1 }}{{ range 80 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}{{ merge (dict) $x (dict \"a\" $x) }}",
    "{{ $x := list 1 }}{{ range 80 }}{{ $x = concat $x $x }}{{ end }}",
    "{{ $x := list 1 }}{{ range 20000 }}{{ $x = append $x 1 }}{{ end }}{{ range 20000 }}{{ $x = prepend $x 1 }}{{ end }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ $x }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ printf \"%s %d %q\" $x $x $x }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ toString $x }}{{ quote $x }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ mustToJson $x }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" (list $x $x) }}{{ html $x }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ deepCopy $x | len }}",
    "{{ $x := dict }}{{ $y := dict }}{{ $_ := set $x \"a\" $y }}{{ $_ := set $y \"a\" $x }}{{ $x | print }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" (dict \"b\" (list $x)) }}{{ mustDeepCopy $x | len }}",
    "{{ $x := .m }}{{ range 99999 }}{{ $_ := set $x (print .) $x }}{{ end }}",
    "{{ $x := dict }}{{ range 3000 }}{{ $x = dict \"a\" $x }}{{ end }}{{ $x }}",
    "{{ $x := list }}{{ range 3000 }}{{ $x = list $x }}{{ end }}{{ mustToJson $x }}",
];

/// Widths, counts and lengths far past all use.
const WIDE: [&str; 22] = [
    "{{ repeat 1000000000 \"a\" }}",
    "{{ repeat 9223372036854775807 \"abc\" }}",
    "{{ repeat 4611686018427387904 \"abcd\" }}",
    "{{ range .l }}{{ repeat 1000000 \"a\" }}{{ end }}",
    "{{ range .l }}{{ range $.l }}{{ $.s }}{{ end }}{{ end }}",
    "{{ indent 1000000000 \"a\" }}",
    "{{ indent 9223372036854775807 \"a\\nb\" }}",
    "{{ nindent 1000000000 \"a\" }}",
    "{{ nindent 100000 .s | indent 1000000 }}",
    "{{ range 100000 }}{{ printf \"%999999d\" 1 }}{{ end }}",
    "{{ range 100000 }}{{ printf \"%*d\" 999999 1 }}{{ end }}",
    "{{ range 100000 }}{{ printf \"%.999999f\" 1.5 }}{{ end }}",
    "{{ range 100000 }}{{ printf \"%999999s%999999s%999999s%999999s\" 1 2 3 4 }}{{ end }}",
    "{{ range 100000 }}{{ printf \"%999999v\" $.l }}{{ end }}",
    "{{ range 100000 }}{{ printf \"%0999999x\" $.s }}{{ end }}",
    "{{ range .l }}{{ printf \"%4096d%4096d%4096d\" . . . }}{{ end }}",
    "{{ wrapWith 1 .s .t }}",
    "{{ chunk 9223372036854775807 .l | range }}",
    "{{ .t }}{{ .t }}{{ .t }}",
    "{{ toJson .t }}{{ quote .t }}{{ html .t }}",
    "{{ replace \"x\" .s .t }}",
    "{{ regexReplaceAll \"x\" .t \"${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}${0}\" }}",
];

/// Functions that are dear where their arguments are long.
const WORK: [&str; 32] = [
    "{{ range 200000 }}{{ $_ := uniq $.l }}{{ end }}",
    "{{ range 200000 }}{{ $_ := without $.l 1 2 3 4 5 6 7 8 9 }}{{ end }}",
    "{{ range 200000 }}{{ $_ := reverse $.l }}{{ end }}",
    "{{ range 200000 }}{{ $_ := sha512sum $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := contains \"xy\" $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := splitList \"\" $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := sortAlpha $.w }}{{ end }}",
    "{{ range 200000 }}{{ $_ := toJson $.l }}{{ end }}",
    "{{ range 200000 }}{{ $_ := deepCopy $.m }}{{ end }}",
    "{{ range 200000 }}{{ $_ := merge (dict) $.m }}{{ end }}",
    "{{ range 200000 }}{{ $_ := has \"none\" $.w }}{{ end }}",
    "{{ range 200000 }}{{ $_ := snakecase $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := title $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := trunc 5 $.t | print (trimAll \"y\" $.t) }}{{ end }}",
    "{{ range 200000 }}{{ $_ := eq $.t (print $.t) }}{{ end }}",
    "{{ range 200000 }}{{ $_ := fromJson (toJson $.l) }}{{ end }}",
    "{{ range 200000 }}{{ $_ := urlParse $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := addf $.n $.n }}{{ end }}",
    "{{ range 200000 }}{{ $_ := float64 $.n }}{{ end }}",
    "{{ range 200000 }}{{ $_ := regexMatch (printf \"a%d\" .) \"a\" }}{{ end }}",
    "{{ range 200000 }}{{ $_ := regexFind \"[a-w]*y\" $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := semverCompare \"1 || 2 || 3 || 4 || 5 || 6 || 7 || 8\" \"9.9.9\" }}{{ end }}",
    "{{ range 200000 }}{{ $_ := keys $.m | sortAlpha }}{{ end }}",
    "{{ range 200000 }}{{ $_ := dict \"a\" . | toPrettyJson }}{{ end }}",
    "{{ range 200000 }}{{ $_ := dict $.t 1 $.t 2 }}{{ end }}",
    "{{ range 200000 }}{{ $_ := merge $.k $.k }}{{ end }}",
    "{{ range 200000 }}{{ $_ := trim $.b }}{{ end }}",
    "{{ range 200000 }}{{ $_ := index $.k $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := get $.k $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := hasKey $.k $.t }}{{ end }}",
    "{{ range 200000 }}{{ $_ := seq 1 2000 }}{{ end }}",
    "{{ range 200000 }}{{ $_ := regexMatch \"(x{100}){9}\" \"x\" }}{{ end }}",
];

/// Cheap when it is done well.
const EITHER: [&str; 45] = [
    "{{ regexMatch \"(x+x+)+y\" .t }}",
    "{{ regexMatch \"^(x|xx|xxx)*$\" .t }}",
    "{{ regexMatch \"(x*)*(x*)*(x*)*y\" .t }}",
    "{{ regexMatch \"x{900}\" .t }}",
    "{{ regexMatch \"(((x{30}){30}){30})\" .t }}",
    "{{ regexMatch \"(?i)[\\\\pL\\\\pN]{500}\" .t }}",
    "{{ regexReplaceAll \"x*\" .t .t }}",
    "{{ regexFindAll \"\" .t -1 | len }}",
    "{{ regexFindAll \"x*?\" .t -1 | len }}",
    "{{ regexFindAll \"(x)(x)(x)(x)(x)(x)(x)(x)\" .t -1 | len }}",
    "{{ regexFindAll \"x*y|x\" .t -1 | len }}",
    "{{ regexSplit \"\" .t -1 | len }}",
    "{{ regexMatch .t .t }}",
    "{{ regexMatch (repeat 1000 \"(\") \"x\" }}",
    "{{ regexMatch (print (repeat 1000 \"(\") (repeat 1000 \")\")) \"x\" }}",
    "{{ regexMatch (repeat 3000 \"x|\") .t }}",
    "{{ regexMatch (repeat 1000 \"[a-z]{50}\") .t }}",
    "{{ trimAll .t .t }}",
    "{{ trimAll .n .t }}",
    "{{ fromJson (repeat 100000 \"[\") }}",
    "{{ fromJson (print (repeat 5000 \"[\") (repeat 5000 \"]\")) }}",
    "{{ fromJson (print (repeat 110 \"[\") (repeat 110 \"]\")) }}",
    "{{ fromJson (repeat 50000 \"{\\\"a\\\":\") }}",
    "{{ fromJson .t }}{{ fromJson .n }}",
    "{{ toPrettyJson .deep }}{{ .deep }}{{ toJson .deep }}{{ deepCopy .deep }}",
    "{{ semver .n }}",
    "{{ semver (print \"1.2.3-\" (repeat 100000 \"a.\")) }}",
    "{{ semverCompare (repeat 20000 \"1||\") \"1.2.3\" }}",
    "{{ semverCompare (repeat 20000 \">=1 \") \"1.2.3\" }}",
    "{{ toDate .t .t }}{{ date .t 0 }}",
    "{{ date (repeat 50000 \"Monday January \") 0 }}",
    "{{ dateModify .n (toDate \"2006\" \"2024\") }}{{ duration .n }}",
    "{{ (toDate \"2006\" \"2024\").AddDate 9223372036854775807 -9223372036854775808 9223372036854775807 }}",
    "{{ atoi .n }}{{ int .n }}{{ float64 .n }}{{ add .n .n }}{{ toDecimal .n }}",
    "{{ mulf 1e308 1e308 1e308 1e308 }}{{ divf 1e-308 1e308 }}{{ addf 1e308 1e-308 }}",
    "{{ round 1e308 999999999 }}{{ round 1.5 -999999999 }}{{ round .n 5 }}",
    "{{ chunk 9223372036854775807 .l | len }}",
    "{{ substr -9223372036854775808 9223372036854775807 .s }}",
    "{{ trunc -9223372036854775808 .s }}{{ abbrev 9223372036854775807 .s }}",
    "{{ splitn \",\" -9223372036854775808 \"a,b\" }}{{ splitn \"\" 9223372036854775807 .t | len }}",
    "{{ div -9223372036854775808 -1 }}{{ mod -9223372036854775808 -1 }}",
    "{{ $x := 1 }}{{ range 1000 }}{{ $x = mul $x 9223372036854775807 }}{{ end }}{{ $x }}",
    "{{ wrap 1 .t | len }}{{ wrapWith 1 \"\" .t | len }}{{ wrapWith 9223372036854775807 .t .t | len }}",
    "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ deepEqual $x $x }}{{ len $x }}{{ merge $x $x | len }}",
    "{{ urlParse .t }}{{ urlJoin (dict \"path\" .t) | len }}{{ clean (repeat 50000 \"../a/\") | len }}",
];

fn around(open: &str, inside: &str, close: &str, count: usize) -> String {
    format!("{}{inside}{}", open.repeat(count), close.repeat(count))
}

/// Nesting that a stack would not bear.
fn nested() -> Vec<String> {
    vec![
        around("{{if 1}}", "", "{{end}}", 900),
        around("{{range 1}}", "", "{{end}}", 900),
        around("{{with 1}}", "", "{{end}}", 900),
        around("{{if 0}}{{else}}", "", "{{end}}", 700),
        around("{{if 1}}", "", "{{end}}", 60_000),
        around("{{block \"a\" 1}}", "", "{{end}}", 700),
        "{{if 1}}".repeat(2000),
        "{{if 1}}".repeat(100_000),
        format!("{{{{ {} }}}}", around("(", "1", ")", 8000)),
        format!("{{{{ {} }}}}", around("(", "1", ")", 400_000)),
        format!("{{{{ {}1 }}}}", "(".repeat(16_000)),
        format!("{{{{ {} }}}}", around("print (", "1", ")", 2000)),
        format!("{{{{ {} }}}}", around("1 | print (", "1", ")", 1000)),
        format!("{{{{ {} }}}}", around("and 1 (", "1", ")", 1000)),
        format!("{{{{ {} }}}}", around("(", ".x", ").y", 3000)),
        around("{{define \"a\"}}", "", "{{end}}", 1000),
        "{{/*".repeat(4000),
        "{{".repeat(8000),
        "{{\"".repeat(5001),
    ]
}

/// Long, not deep.
fn long() -> Vec<String> {
    let variables: String = (0..1500).map(|i| format!("{{{{$v{i}:=1}}}}")).collect();
    let reads: String = (0..2000).map(|_| "{{$v0}}".to_owned()).collect();
    let defines: String = (0..600)
        .map(|i| format!("{{{{define \"{i}\"}}}}x{{{{end}}}}"))
        .collect();
    vec![
        format!("{{{{if 0}}}}{}{{{{end}}}}", "{{else if 0}}".repeat(1200)),
        format!("{{{{if 0}}}}{}{{{{end}}}}", "{{else if 0}}".repeat(60_000)),
        format!("{{{{with 0}}}}{}{{{{end}}}}", "{{else with 0}}".repeat(1000)),
        format!("{{{{ 1{} }}}}", " | print".repeat(1500)),
        format!("{{{{ 1{} }}}}", " | print 1".repeat(60_000)),
        format!("{{{{ .x{} }}}}", ".y".repeat(8000)),
        format!("{{{{ print{} }}}}", " 1".repeat(8000)),
        format!("{{{{ print{} }}}}", " 1".repeat(400_000)),
        format!("{{{{ and{} }}}}", " 1".repeat(8000)),
        format!("{{{{ index .deep{} }}}}", " 0".repeat(8000)),
        format!("{{{{ list{} | len }}}}", " 1".repeat(8000)),
        format!("{{{{ eq 0{} }}}}", " 1".repeat(8000)),
        format!("{{{{ add{} }}}}", " 1".repeat(8000)),
        format!("{{{{ mulf{} }}}}", " 1.1".repeat(4000)),
        format!("{{{{ divf 1{} }}}}", " 3.3".repeat(3000)),
        format!("{{{{ {} }}}}", "9".repeat(16_000)),
        format!("{{{{ 0.{}1 }}}}", "0".repeat(16_000)),
        format!("{{{{ 1e{} }}}}", "9".repeat(16_000)),
        format!("{{{{ 0x1p-{} }}}}", "9".repeat(16_000)),
        format!("{{{{ {}i }}}}", "9".repeat(16_000)),
        format!("{{{{ {} }}}}", "a".repeat(16_000)),
        format!("{{{{ \"{}\" }}}}", "a".repeat(16_000)),
        format!("{{{{ printf \"{}\" 1 }}}}", "%[1]d".repeat(3000)),
        format!("{{{{ printf \"{}\" }}}}", "%d".repeat(8000)),
        format!("{{{{ printf \"%{}d\" 1 }}}}", "-+# 0".repeat(3000)),
        variables.clone(),
        format!("{variables}{reads}"),
        (0..60_000).map(|i| format!("{{{{$v{i}:=1}}}}")).collect(),
        defines.clone(),
        format!("{defines}{}", "{{template \"7\"}}".repeat(300)),
        "{{define \"a\"}}{{end}}".repeat(40_000),
        "}}".repeat(8000),
        "{{- 1 -}} ".repeat(1600),
        "{{/* */}}".repeat(1700),
        "{{.x}}\n".repeat(2300),
        "a".repeat(16 * 1024),
        "{{nope}}".repeat(2000),
        "{{ -".repeat(4000),
        "\u{0}\u{1}{{\u{0}}}".repeat(1000),
        format!("{{{{ template \"{}\" }}}}", "a".repeat(16_000)),
        format!(
            "{{{{ range 3 }}}}{}{{{{ end }}}}",
            "{{if 1}}{{break}}{{end}}".repeat(600)
        ),
    ]
}

/// Templates that call templates.
fn calls() -> Vec<String> {
    // Each calls the next twice: 2^40 calls.
    let mut doubling: String = (0..40)
        .map(|i| {
            let next = i + 1;
            format!(
                "{{{{define \"{i}\"}}}}{{{{template \"{next}\" .}}}}{{{{template \"{next}\" .}}}}{{{{end}}}}"
            )
        })
        .collect();
    doubling.push_str("{{define \"40\"}}{{.x}}{{end}}{{template \"0\" .}}");
    // A long chain, each in blocks.
    let mut chain: String = (0..100)
        .map(|i| {
            let next = i + 1;
            format!("{{{{define \"{i}\"}}}}{{{{if 1}}}}{{{{if 1}}}}{{{{template \"{next}\" .}}}}{{{{end}}}}{{{{end}}}}{{{{end}}}}")
        })
        .collect();
    chain.push_str("{{define \"100\"}}{{end}}{{template \"0\" .}}");
    let mut all = owned(&[
        "{{define \"a\"}}{{template \"b\" .}}{{end}}{{define \"b\"}}{{template \"a\" .}}{{end}}{{template \"a\" .}}",
        "{{define \"a\"}}{{template \"a\" .}}{{end}}{{template \"a\" .}}",
        "{{define \"a\"}}{{template \"a\" (list .)}}{{end}}{{template \"a\" .}}",
        "{{define \"a\"}}{{range .l}}{{template \"a\" $}}{{end}}{{end}}{{template \"a\" .}}",
        "{{define \"a\"}}{{template \"a\" (print . .)}}{{end}}{{template \"a\" \"x\"}}",
        "{{block \"a\" .}}{{template \"a\" .}}{{end}}",
    ]);
    all.extend([doubling, chain]);
    all
}
