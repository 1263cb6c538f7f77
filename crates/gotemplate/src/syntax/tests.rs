use proptest::prelude::*;

use super::parse;
use crate::ast::{Expr, ExprKind, Pipe, Program, Stmt, Variable};
use crate::{Options, Span};

fn options(left: &str, right: &str) -> Options {
    Options {
        left: left.to_owned(),
        right: right.to_owned(),
        ..Options::builtin()
    }
}

fn parsed(text: &str) -> Program {
    parse("t", text, &Options::builtin()).unwrap()
}

/// The tree on one line: text in quotes, blocks in braces, slots behind variables.
fn shown(text: &str, program: &Program) -> String {
    let mut out = list(text, &program.main);
    for (name, define) in &program.defines {
        out.push_str(&format!(" {name}={{{}}}", list(text, &define.body)));
    }
    out
}

fn list(text: &str, stmts: &[Stmt]) -> String {
    let one = |stmt: &Stmt| match stmt {
        Stmt::Text(span) => format!("{:?}", span.text(text)),
        Stmt::Action(shown) => pipe(text, shown),
        Stmt::If(branches) | Stmt::With(branches) => {
            let mut out = if matches!(stmt, Stmt::If(_)) { "if" } else { "with" }.to_owned();
            for arm in &branches.arms {
                out.push_str(&format!(
                    " {} {{{}}}",
                    pipe(text, &arm.pipe),
                    list(text, &arm.body)
                ));
            }
            format!("{out} else {{{}}}", list(text, &branches.otherwise))
        }
        Stmt::Range(range) => format!(
            "range {} {{{}}} else {{{}}}",
            pipe(text, &range.pipe),
            list(text, &range.body),
            list(text, &range.otherwise)
        ),
        Stmt::Template { name, argument, .. } => {
            let argument = argument.as_ref().map(|argument| pipe(text, argument));
            format!("template {name:?} {}", argument.unwrap_or_default())
        }
        Stmt::Break(_) => "break".to_owned(),
        Stmt::Continue(_) => "continue".to_owned(),
    };
    stmts.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn slot(variable: &Variable) -> String {
    match variable.slot {
        Variable::NOWHERE => format!("{}?", variable.name),
        slot => format!("{}{slot}", variable.name),
    }
}

fn pipe(text: &str, pipe: &Pipe) -> String {
    let sets: Vec<_> = pipe.variables.iter().map(slot).collect();
    let commands = pipe.commands.iter().map(|command| {
        let words = std::iter::once(&command.head).chain(&command.arguments);
        words.map(|word| expr(text, word)).collect::<Vec<_>>().join(" ")
    });
    let commands = commands.collect::<Vec<_>>().join(" | ");
    match (sets.as_slice(), pipe.assigns) {
        ([], _) => format!("[{commands}]"),
        (sets, true) => format!("[{} = {commands}]", sets.join(", ")),
        (sets, false) => format!("[{} := {commands}]", sets.join(", ")),
    }
}

fn expr(text: &str, expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Variable(variable, fields) => {
            let fields: String = fields.iter().map(|field| format!(".{}", field.name)).collect();
            format!("{}{fields}", slot(variable))
        }
        ExprKind::Paren(inner) => pipe(text, inner),
        ExprKind::Function(function) => function.name.to_owned(),
        _ => expr_text(text, expr.span),
    }
}

fn expr_text(text: &str, span: Span) -> String {
    span.text(text).to_owned()
}

#[test]
fn trees() {
    for (text, wants) in [
        ("", ""),
        ("a{{ 1 }}b", r#""a" [1] "b""#),
        ("a \n{{- 1 -}}\t b", r#""a" [1] "b""#),
        ("a\u{a0}{{- 1 -}}\u{b}b", r#""a\u{a0}" [1] "\u{b}b""#),
        ("{{-1}}{{- -1 -}}", "[-1] [-1]"),
        ("a{{/* }} */}}b{{- /* c */ -}} d", r#""a" "b" "d""#),
        ("{{ .a.b | print 1 .c (2) }}", "[.a.b | print 1 .c [2]]"),
        ("{{ $.a }}{{ $ }}", "[$0.a] [$0]"),
        ("{{ 1 | }}", "[1]"),
        ("{{ (print 1).x.y }}", "[(print 1).x.y]"),
        ("{{ print.x }}", "[print.x]"),
        (
            "{{ $x := 1 }}{{ $y := $x }}{{ $x = 2 }}",
            "[$x1 := 1] [$y2 := $x1] [$x1 = 2]",
        ),
        // Go's parser lets these through; they fail when they run.
        ("{{ $x := $x }}{{ $y = 1 }}", "[$x1 := $x?] [$y? = 1]"),
        (
            "{{ if $a := 1 }}{{ $b := 2 }}{{ else if $c := $a }}{{ $b }}{{ end }}",
            "if [$a1 := 1] {[$b2 := 2]} [$c2 := $a1] {[$b?]} else {}",
        ),
        (
            "{{ $x := 1 }}{{ with 2 }}{{ $x := 3 }}{{ $x }}{{ else }}{{ $x }}{{ end }}{{ $x }}",
            "[$x1 := 1] with [2] {[$x2 := 3] [$x2]} else {[$x1]} [$x1]",
        ),
        (
            "{{ range $i, $e := .l }}{{ $i }}{{ break }}{{ else }}{{ $e }}{{ end }}",
            "range [$i1, $e2 := .l] {[$i1] break} else {[$e2]}",
        ),
        (
            "{{ range .l }}{{ continue }}{{ end }}",
            "range [.l] {continue} else {}",
        ),
        ("{{ print ($x := 1) $x }}", "[print [$x1 := 1] $x1]"),
        (
            "{{ $x := 1 }}{{ define \"d\" }}{{ $y := 1 }}{{ end }}{{ $x }}",
            "[$x1 := 1] [$x1] d={[$y1 := 1]}",
        ),
        ("{{ block \"b\" .x }}c{{ end }}", "template \"b\" [.x] b={\"c\"}"),
        (
            "{{ template `a` }}{{ template \"\\x62\" 1 }}",
            "template \"a\"  template \"b\" [1]",
        ),
        // A blank definition gives way, and the source is a template under its own name.
        (
            "{{ define \"a\" }} {{ end }}{{ define \"a\" }}x{{ end }}",
            " a={\"x\"}",
        ),
        (
            "{{ define \"a\" }}x{{ end }}{{ define \"a\" }} {{ end }}",
            " a={\"x\"}",
        ),
        ("{{ define \"t\" }}x{{ end }} ", "\"x\""),
        ("{{ define \"t\" }} {{ end }}x", "\"x\""),
        ("{{ .if.end }}{{ $nil := 1 }}", "[.if.end] [$nil1 := 1]"),
    ] {
        assert_eq!(shown(text, &parsed(text)), wants, "{text}");
    }
}

#[test]
fn other_delimiters() {
    for (left, right, text, wants) in [
        ("[[", "]]", "{{ a }}[[ .b ]]", r#""{{ a }}" [.b]"#),
        ("{%", "%}", "x {%- .b -%} y", r#""x" [.b] "y""#),
        ("<<", "", "<< .b }}>>", r#"[.b] ">>""#),
        ("{{", "}", "{{ .b }}", r#"[.b] "}""#),
        ("é", "ü", "aé .b üc", r#""a" [.b] "c""#),
    ] {
        let program = parse("t", text, &options(left, right)).unwrap();
        assert_eq!(shown(text, &program), wants, "{left} {right} {text}");
    }
}

#[test]
fn spans_cover_what_they_name() {
    let text = "a{{ $x := .b.c | print (1) }}{{ if $x.d }}{{ end }}";
    let program = parsed(text);
    let [Stmt::Text(_), Stmt::Action(pipe), Stmt::If(branches)] = program.main.as_slice() else {
        panic!("three statements");
    };
    assert_eq!(pipe.span.text(text), "$x := .b.c | print (1)");
    let [first, second] = pipe.commands.as_slice() else {
        panic!("two commands");
    };
    assert_eq!(first.span.text(text), ".b.c");
    assert_eq!(second.span.text(text), "print (1)");
    assert_eq!(second.arguments[0].span.text(text), "(1)");
    let ExprKind::Field(fields) = &first.head.kind else {
        panic!("a field");
    };
    assert_eq!((fields[1].name.as_ref(), fields[1].span.text(text)), ("c", ".c"));
    assert_eq!(branches.span.text(text), "{{ if $x.d }}");
    assert_eq!(branches.arms[0].pipe.span.text(text), "$x.d");
}

/// `line:column marked | message | Go's words`
fn mistake(text: &str) -> String {
    match parse("t", text, &Options::builtin()) {
        Ok(program) => format!("ok: {}", shown(text, &program)),
        Err(error) => {
            let marked = error.span.text(text);
            let go = error.go();
            let place = error.place;
            format!(
                "{}:{} {marked:?} | {} | {go}",
                place.line, place.column, error.kind
            )
        }
    }
}

#[test]
fn mistakes_of_the_lexer() {
    for (text, wants) in [
        (
            "ab{{ 1",
            r#"1:3 "{{" | the action is not closed; close it with }} | template: t:1: unclosed action"#,
        ),
        (
            "ab{{\n1\n",
            r#"1:3 "{{" | the action is not closed; close it with }} | template: t:3: unclosed action started at t:1"#,
        ),
        (
            "{{ \"a\nb\" }}",
            r#"1:4 "\"" | the string is not closed; a string in quotes ends on its line | template: t:1: unterminated quoted string"#,
        ),
        (
            "{{ `a",
            r#"1:4 "`" | the string is not closed; close it with ` | template: t:1: unterminated raw quoted string"#,
        ),
        (
            "{{ 'a",
            r#"1:4 "'" | the character is not closed; close it with ' on its line, or use "…" for text | template: t:1: unterminated character constant"#,
        ),
        (
            "{{/* a",
            r#"1:3 "/*" | the comment is not closed; close it with */ | template: t:1: unclosed comment"#,
        ),
        (
            "{{/* a */ 1}}",
            r#"1:3 "/* a */" | a comment must be alone in its action, and end right before the closing delimiter | template: t:1: comment ends before closing delimiter"#,
        ),
        (
            "{{ (1 }}",
            r#"1:4 "(" | the parenthesis is not closed | template: t:1: unclosed left paren"#,
        ),
        (
            "{{ 1) }}",
            r#"1:5 ")" | there is no parenthesis to close | template: t:1: unexpected right paren"#,
        ),
        (
            "{{ .x⌘ }}",
            r#"1:6 "⌘" | the character U+2318 '⌘' cannot follow a name; put a space between them | template: t:1: bad character U+2318 '⌘'"#,
        ),
        (
            "{{ ⌘ }}",
            r#"1:4 "⌘" | the character U+2318 '⌘' does not belong into an action | template: t:1: unrecognized character in action: U+2318 '⌘'"#,
        ),
        (
            "{{ 12a }}",
            r#"1:4 "12a" | "12a" is no number | template: t:1: bad number syntax: "12a""#,
        ),
        (
            "{{ 1 : 1 }}",
            r#"1:6 ":" | a colon must be followed by =, as in $x := 1 | template: t:1: expected :="#,
        ),
    ] {
        assert_eq!(mistake(text), wants, "{text}");
    }
}

#[test]
fn mistakes_of_values() {
    for (text, wants) in [
        (
            "{{ }}",
            r#"1:4 "}}" | the action is empty | template: t:1: missing value for command"#,
        ),
        (
            "{{ if }}{{ end }}",
            r#"1:7 "}}" | a value is missing for if | template: t:1: missing value for if"#,
        ),
        (
            "{{ print () }}",
            r#"1:11 ")" | the parentheses are empty | template: t:1: missing value for parenthesized pipeline"#,
        ),
        (
            "{{ .x | 1 }}",
            r#"1:9 "1" | what stands behind | must be a function; this is a value, and takes none | template: t:1: non executable command in pipeline stage 2"#,
        ),
        (
            "{{ $x }}",
            r#"1:4 "$x" | the variable $x is not set here; set it with $x := … | template: t:1: undefined variable "$x""#,
        ),
        (
            "{{ $a, $b := 1 }}",
            r#"1:6 "," | only range sets more than one variable | template: t:1: too many declarations in command"#,
        ),
        (
            "{{ range $a, $b, $c := 1 }}{{ end }}",
            r#"1:16 "," | range sets two variables at most | template: t:1: too many declarations in range"#,
        ),
        (
            "{{ range $a, 1 }}{{ end }}",
            r#"1:12 "," | behind the comma another variable must follow: range $key, $value := … | template: t:1: range can only initialize variables"#,
        ),
        (
            "{{ 1 .x\n.y.z@ }}",
            r#"2:5 "@" | the character U+0040 '@' cannot follow a name; put a space between them | template: t:2: bad character U+0040 '@' in action started at t:1"#,
        ),
        (
            "{{ \"a\".b }}",
            r#"1:7 ".b" | "\"a\"" has no fields | template: t:1: unexpected . after term "\"a\"""#,
        ),
        (
            "{{ 08 }}",
            r#"1:4 "08" | "08" is larger than any whole number here can be | template: t:1: integer overflow: "08""#,
        ),
        (
            "{{ \"\\q\" }}",
            r#"1:4 "\"\\q\"" | the string has an escape that is none; write \\ for a backslash | template: t:1: invalid syntax"#,
        ),
        (
            "{{ 'ab' }}",
            r#"1:4 "'ab'" | single quotes hold one character; use "…" for text | template: t:1: malformed character constant: 'ab'"#,
        ),
        (
            "{{ print \"a\"\"b\" }}",
            r#"1:13 "\"b\"" | "\"b\"" does not belong into this operand | template: t:1: unexpected "\"b\"" in operand"#,
        ),
        (
            "{{ / }}",
            r#"1:4 "/" | "/" does not belong into this action | template: t:1: unexpected "/" in command"#,
        ),
        (
            "{{ if false }}{{ prinft }}{{ end }}",
            r#"1:18 "prinft" | function "prinft" is not known; did you mean "printf"? | template: t:1: function "prinft" not defined"#,
        ),
    ] {
        assert_eq!(mistake(text), wants, "{text}");
    }
}

#[test]
fn mistakes_of_blocks() {
    for (text, wants) in [
        (
            "x{{ end }}",
            r#"1:2 "{{ end }}" | there is no block to end here | template: t:1: unexpected {{end}}"#,
        ),
        (
            "{{ else }}",
            r#"1:1 "{{ else }}" | there is no block to continue here | template: t:1: unexpected {{else}}"#,
        ),
        (
            "a\n{{ if 1 }}\nb\n",
            r#"2:1 "{{ if 1 }}" | this is not ended; add {{ end }} | template: t:4: unexpected EOF"#,
        ),
        (
            "{{ if 1 }}{{ else }}\n{{ else }}{{ end }}",
            r#"2:1 "{{ else }}" | there is an else before this one; a block has one, and it is the last branch | template: t:2: expected end; found {{else}}"#,
        ),
        (
            "{{ if 1 }}{{ else with 2 }}{{ end }}",
            r#"1:19 "with" | only else if may follow in an if, and only else with in a with; with needs an action of its own | template: t:1: unexpected <with> in input"#,
        ),
        (
            "{{ break }}",
            r#"1:4 "break" | break must stand inside of range | template: t:1: {{break}} outside {{range}}"#,
        ),
        (
            "{{ range . }}{{ block \"x\" . }}{{ continue }}{{ end }}{{ end }}",
            r#"1:34 "continue" | continue must stand inside of range | template: t:1: {{continue}} outside {{range}}"#,
        ),
        (
            "{{ range . }}{{ else }}{{ break }}{{ end }}",
            r#"1:27 "break" | break must stand inside of range | template: t:1: {{break}} outside {{range}}"#,
        ),
        (
            "{{ if 1 }}{{ define \"x\" }}{{ end }}{{ end }}",
            r#"1:14 "define" | define does not belong here | template: t:1: unexpected <define> in command"#,
        ),
        (
            "{{ define \"x\" }}a{{ end }}{{ define \"x\" }}b{{ end }}",
            r#"1:27 "{{ define \"x\" }}" | the template "x" is defined twice; give one of them another name | template: t:1: template: multiple definition of template "x""#,
        ),
        (
            "{{ define \"x\" }}{{ else }}{{ end }}",
            r#"1:17 "{{ else }}" | a template that is defined has no else | template: t:1: unexpected {{else}} in define clause"#,
        ),
        (
            "{{ template x }}",
            r#"1:13 "x" | a template's name is a string in quotes, and not "x" | template: t:1: unexpected "x" in template clause"#,
        ),
        (
            "{{ block \"x\" }}{{ end }}",
            r#"1:14 "}}" | a value is missing for block clause | template: t:1: missing value for block clause"#,
        ),
    ] {
        assert_eq!(mistake(text), wants, "{text}");
    }
}

#[test]
fn nesting_is_bounded_and_chains_do_not_nest() {
    let parens = |depth: usize| format!("{{{{ {}1{} }}}}", "(".repeat(depth), ")".repeat(depth));
    let blocks = |depth: usize| format!("{}x{}", "{{ with 1 }}".repeat(depth), "{{ end }}".repeat(depth));
    for text in [parens(200), blocks(200)] {
        assert!(mistake(&text).starts_with("ok"));
    }
    for text in [parens(201), blocks(201), parens(100_000), blocks(20_000)] {
        assert!(mistake(&text).contains("nested too deeply"));
    }
    let chain = format!("{{{{ if 0 }}}}{}{{{{ end }}}}", "{{ else if 0 }}x".repeat(50_000));
    assert_eq!(parsed(&chain).main.len(), 1);
}

#[test]
fn long_sources_are_refused() {
    let options = Options {
        max_source_bytes: 3,
        ..Options::builtin()
    };
    assert!(parse("t", "abc", &options).is_ok());
    assert_eq!(
        parse("t", "abcd", &options).unwrap_err().reason(),
        "TemplateTooLarge"
    );
}

const WORDS: &[&str] = &[
    "{{", "}}", "{{-", "-}}", "{{ ", " }}", "{{- ", " -}}", "/*", "*/", " ", "\n", "if", "else", "end",
    "range", "with", "define", "block", "template", "break", "continue", "nil", "true", "print", "and", ".",
    ".x", "$", "$x", ":=", "=", ",", "|", "(", ")", "\"a\"", "`b`", "'c'", "\"", "`", "'", "\\", "1", "-2",
    "0x1p4", "1+2i", "1e", "text", "é", "\u{a0}", "\0",
];

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,60}", left in "[{(<é]{0,2}", right in "[})>é]{0,2}") {
        // The tree, too, must hold only places of the source.
        if let Ok(program) = parse("t", &text, &options(&left, &right)) {
            shown(&text, &program);
        }
    }

    #[test]
    fn any_words_are_parsed_or_refused(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40)) {
        let text = words.concat();
        match parse("t", &text, &Options::builtin()) {
            Ok(program) => {
                shown(&text, &program);
            }
            Err(error) => {
                prop_assert!(error.span.start as usize <= text.len());
                prop_assert!(error.go().starts_with("template: t:"));
                prop_assert!(!error.to_string().is_empty() && !error.excerpt(&text).is_empty());
            }
        }
    }
}
