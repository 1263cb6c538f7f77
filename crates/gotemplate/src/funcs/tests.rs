//! What only shows in templates: who shares what, nil maps, and calls that would never end. What other calls give is in
//! testdata/calls.txt, which testdata/generate.go makes.

use crate::{Data, ExecErrorKind, Limits, Options, Template};

#[test]
fn calls_give_what_they_give_in_go() {
    assert!(super::verified::check(super::SPRIG, include_str!("testdata/calls.txt")) > 1000);
}

fn render(text: &str, limits: &Limits) -> Result<String, ExecErrorKind> {
    let template = Template::parse("test", text, &Options::sprig()).unwrap();
    let output = template
        .render(&Data::map([]), limits)
        .map_err(|error| error.kind)?;
    Ok(String::from_utf8(output.as_bytes().to_vec()).unwrap())
}

#[track_caller]
fn gives(text: &str, expected: &str) {
    assert_eq!(render(text, &Limits::default()).unwrap(), expected, "{text}");
}

#[track_caller]
fn fails(text: &str) {
    let error = render(text, &Limits::default()).unwrap_err();
    assert!(!matches!(error, ExecErrorKind::Limit(_)), "{text}: {error:?}");
}

#[test]
fn sorting_a_list_of_strings_sorts_it_for_all() {
    let list = r#"{{ $l := splitList "," "c,b,a" }}"#;
    gives(
        &format!("{list}{{{{ $s := sortAlpha $l }}}}{{{{ $l }}}}"),
        "[a b c]",
    );
    gives(
        &format!("{list}{{{{ slice $l 0 2 | sortAlpha }}}}{{{{ $l }}}}"),
        "[b c][b c a]",
    );
    gives(
        &format!("{list}{{{{ $p := slice $l 1 3 }}}}{{{{ sortAlpha $l }}}}{{{{ $p }}}}"),
        "[a b c][b c]",
    );
    gives(
        r#"{{ $l := list "c" "b" }}{{ sortAlpha $l }}{{ $l }}"#,
        "[b c][c b]",
    );
}

#[test]
fn a_part_of_a_list_can_be_cut_again_beyond_its_end() {
    let part = "{{ $p := slice (list 1 2 3 4) 1 2 }}{{ $p }}";
    gives(&format!("{part}{{{{ slice $p 0 3 }}}}"), "[2][2 3 4]");
    fails(&format!("{part}{{{{ slice $p 0 4 }}}}"));
    gives("{{ slice (slice (list 1 2 3 4) 1 3) 1 3 }}", "[3 4]");
}

#[test]
fn lists_are_copied_before_they_grow() {
    gives(
        "{{ $l := list 3 1 }}{{ append $l 2 }}{{ prepend $l 2 }}{{ $l }}",
        "[3 1 2][2 3 1][3 1]",
    );
}

#[test]
fn maps_are_changed_for_all_who_hold_them() {
    gives(
        r#"{{ $d := dict "a" 1 }}{{ $e := set $d "b" 2 }}{{ $d }}{{ unset $e "a" }}{{ $d }}"#,
        "map[a:1 b:2]map[b:2]map[b:2]",
    );
    let inner = r#"{{ $d := dict "a" (dict "b" 1) }}"#;
    let change = r#"{{ $_ := set $e.a "c" 2 }}{{ $d }}{{ $e }}"#;
    for (made, expected) in [
        // A map that is not there yet is shared, one that is there is filled, one that stays empty is replaced.
        (
            "{{ $e := merge dict $d }}",
            "map[a:map[b:1 c:2]]map[a:map[b:1 c:2]]",
        ),
        (
            r#"{{ $e := merge (dict "a" dict) $d }}"#,
            "map[a:map[b:1]]map[a:map[b:1 c:2]]",
        ),
        ("{{ $e := deepCopy $d }}", "map[a:map[b:1]]map[a:map[b:1 c:2]]"),
    ] {
        gives(&format!("{inner}{made}{change}"), expected);
    }
    gives(
        r#"{{ $d := dict "a" dict }}{{ $e := merge (dict "a" dict) $d }}{{ $_ := set $e.a "c" 2 }}{{ $d }}"#,
        "map[a:map[c:2]]",
    );
    gives(
        r#"{{ $d := dict "a" (list (dict "b" 1)) }}{{ $e := deepCopy $d }}{{ $_ := set (first $e.a) "c" 2 }}{{ $d }}"#,
        "map[a:[map[b:1]]]",
    );
    gives(
        r#"{{ $d := dict "a" 1 }}{{ merge $d $d }}{{ mergeOverwrite $d $d }}"#,
        "map[a:1]map[a:1]",
    );
}

#[test]
fn a_nil_map_is_empty_and_takes_nothing() {
    for nil in ["nil", ".missing"] {
        for (call, expected) in [
            (r#"get NIL "a""#, ""),
            (r#"hasKey NIL "a""#, "false"),
            ("keys NIL", "[]"),
            ("values NIL", "[]"),
            (r#"pick NIL "a""#, "map[]"),
            (r#"omit NIL "a""#, "map[]"),
            (r#"pluck "a" NIL"#, "[]"),
            (r#"unset NIL "a""#, "map[]"),
            (r#"merge NIL (dict "a" 1)"#, "map[a:1]"),
            ("merge NIL nil", "map[]"),
        ] {
            gives(&format!("{{{{ {} }}}}", call.replace("NIL", nil)), expected);
        }
        fails(&format!(r#"{{{{ set {nil} "a" 1 }}}}"#));
    }
}

#[test]
fn equality_sees_types_and_ends_on_maps_that_hold_themselves() {
    gives("{{ deepEqual (rest list) list }}", "false");
    gives("{{ deepEqual (list 1 2) (slice (list 1 2 3) 0 2) }}", "true");
    gives(
        r#"{{ $l := list (float64 "NaN") }}{{ deepEqual $l $l }}{{ deepEqual $l (list (first $l)) }}"#,
        "truefalse",
    );
    gives(
        r#"{{ $a := dict }}{{ $_ := set $a "s" $a }}{{ $b := dict }}{{ $_ := set $b "s" $b -}}
        {{ deepEqual $a $b }}{{ deepEqual $a (dict "s" (dict "s" 1)) }}"#,
        "truefalse",
    );
}

#[test]
fn what_is_deep_can_be_copied_and_compared() {
    let nest = "{{ $d := dict }}{{ range until 5000 }}{{ $d = dict \"d\" $d }}{{ end }}";
    gives(&format!("{nest}{{{{ deepEqual $d (deepCopy $d) }}}}"), "true");
}

#[test]
fn fail_shows_its_message_where_that_is_a_constant() {
    let stopped = |text: &str| render(text, &Limits::default()).unwrap_err();
    assert_eq!(
        stopped(r#"{{ fail "no" }}"#),
        ExecErrorKind::Stopped(Some("no".to_owned()))
    );
    assert_eq!(
        stopped(r#"{{ fail (upper "no") }}"#),
        ExecErrorKind::Stopped(None)
    );
}

#[test]
fn what_would_never_end_or_fit_ends_by_a_limit() {
    let text = "{{ $t := repeat 100000 \"ab \" }}";
    let cycle = "{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"s\" $d }}{{ $_ := set $d \"t\" $d }}";
    let many = "{{ $l := list }}{{ range until 300 }}{{ $l = append $l $t }}{{ end }}";
    for call in [
        "{{ repeat 1000000000 \"a\" }}",
        "{{ repeat 9223372036854775807 \"ab\" }}",
        "{{ indent 1000000000 \"a\" }}",
        "{{ nindent 9223372036854775807 \"a\\nb\" }}",
        &format!("{text}{{{{ indent 100 (replace \"a\" \"\\n\" $t) }}}}"),
        &format!("{text}{{{{ replace \"\" $t $t }}}}"),
        &format!("{text}{{{{ replace \"a\" $t $t }}}}"),
        &format!("{text}{{{{ wrapWith 1 $t $t }}}}"),
        &format!("{text}{{{{ join $t (splitList \" \" $t) }}}}"),
        &format!(
            "{text}{{{{ cat $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t $t }}}}"
        ),
        &format!("{text}{{{{ quote (repeat 20 $t) (repeat 20 $t) }}}}"),
        &format!("{text}{{{{ splitList \"\" (repeat 20 $t) }}}}"),
        &format!("{text}{many}{{{{ sortAlpha (append $l \"a\") }}}}"),
        &format!("{text}{many}{{{{ uniq $l }}}}"),
        &format!("{text}{many}{{{{ has \"x\" $l }}}}{{{{ join \"\" $l }}}}"),
        &format!("{cycle}{{{{ deepCopy $d }}}}"),
        &format!("{cycle}{{{{ merge $d $d }}}}"),
        &format!("{cycle}{{{{ mergeOverwrite $d (deepCopy $d) }}}}"),
        &format!("{cycle}{{{{ toString $d }}}}"),
        "{{ chunk 1 (until 300000) }}",
    ] {
        let error = render(call, &Limits::default()).unwrap_err();
        assert!(matches!(error, ExecErrorKind::Limit(_)), "{call}: {error:?}");
    }
}
