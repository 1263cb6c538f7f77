//! What Go makes of formats and values, case by case. The cases were made by `testdata/generate.go`.

use super::*;
use crate::{Elem, Limits, Object};

/// One case: what is called, its format, its operands, what Go gives.
pub(crate) struct Case<'a> {
    pub(crate) name: &'a str,
    pub(crate) format: Vec<u8>,
    pub(crate) values: Vec<Value<'a>>,
    pub(crate) wanted: Vec<u8>,
}

/// Limits that no case reaches.
pub(crate) const WIDE: Limits = Limits {
    output_bytes: usize::MAX,
    steps: u64::MAX,
    work_bytes: u64::MAX,
    depth: 100,
};

pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut parts = text.split("\\x");
    out.extend_from_slice(parts.next().unwrap().as_bytes());
    for part in parts {
        out.push(u8::from_str_radix(&part[..2], 16).unwrap());
        out.extend_from_slice(&part.as_bytes()[2..]);
    }
    out
}

pub(crate) fn read<'a>(line: &'a str, arena: &'a Arena<'a>) -> Case<'a> {
    let fields: Vec<&str> = line.split('\t').collect();
    let mut tokens = fields[2].split(' ').filter(|token| !token.is_empty()).peekable();
    let mut values = Vec::new();
    while tokens.peek().is_some() {
        values.push(value(&mut tokens, arena));
    }
    Case {
        name: fields[0],
        format: unescape(fields[1]),
        values,
        wanted: unescape(fields[3]),
    }
}

fn value<'a>(tokens: &mut impl Iterator<Item = &'a str>, arena: &'a Arena<'a>) -> Value<'a> {
    let token = tokens.next().unwrap();
    let (tag, rest) = token.split_once(':').unwrap_or((token, ""));
    let float = |bits: &str| f64::from_bits(u64::from_str_radix(bits, 16).unwrap());
    let elem = |tag: &str| match tag {
        "[]any" | "map[any]" => Elem::Any,
        "[]string" | "map[string]" => Elem::String,
        "[]int" => Elem::Int,
        "[]byte" => Elem::Byte,
        "[][]any" => Elem::Anys,
        other => panic!("{other}"),
    };
    match tag {
        "nil" if rest.starts_with("map") => arena.nil_map(elem(rest)),
        "nil" if !rest.is_empty() => arena.nil_list(elem(rest)),
        "nil" => Value::Nil,
        "bool" => Value::Bool(rest == "true"),
        "int" => Value::Int(rest.parse().unwrap()),
        "int64" => Value::Int64(rest.parse().unwrap()),
        "int32" => Value::Int32(rest.parse().unwrap()),
        "uint8" => Value::Uint8(rest.parse().unwrap()),
        "uint64" => Value::Uint64(rest.parse().unwrap()),
        "float64" => Value::Float(float(rest)),
        "complex128" => {
            let (re, im) = rest.split_once(':').unwrap();
            Value::Complex(float(re), float(im))
        }
        "string" => Value::Str(arena.bytes(unescape(rest))),
        map if map.starts_with("map") => {
            let count: usize = rest.parse().unwrap();
            let mut entries = Vec::new();
            for _ in 0..count {
                let Value::Str(key) = value(tokens, arena) else {
                    panic!("a key");
                };
                entries.push((key, value(tokens, arena)));
            }
            arena.map(elem(map), entries)
        }
        list => {
            let count: usize = rest.parse().unwrap();
            let items: Vec<_> = (0..count).map(|_| value(tokens, arena)).collect();
            arena.list(elem(list), items)
        }
    }
}

fn made_of(case: &Case<'_>) -> Result<Vec<u8>, Failure> {
    let meter = &mut Meter::new(&WIDE);
    match case.name {
        "printf" => sprintf(meter, &case.format, &case.values),
        "print" => sprint(meter, &case.values),
        "println" => sprintln(meter, &case.values),
        "type" => Ok(format!("{} {}", type_name(case.values[0]), kind_name(case.values[0])).into_bytes()),
        other => panic!("{other}"),
    }
}

/// How many cases agree; the lines that do not, with what was made instead.
pub(crate) fn compare(lines: &str) -> (usize, Vec<String>) {
    let mut agree = 0;
    let mut differ = Vec::new();
    for line in lines.lines() {
        let arena = Arena::new();
        let case = read(line, &arena);
        match made_of(&case) {
            Ok(made) if made == case.wanted => agree += 1,
            Ok(made) => differ.push(format!("{line}\n    {}", made.escape_ascii())),
            Err(failure) => differ.push(format!("{line}\n    {failure:?}")),
        }
    }
    (agree, differ)
}

fn assert_agree(lines: &str, at_least: usize) {
    let (agree, differ) = compare(lines);
    assert!(
        differ.is_empty(),
        "{} differ:\n{}",
        differ.len(),
        differ.join("\n")
    );
    assert!(agree >= at_least, "only {agree} cases");
}

#[test]
fn formats_agree_with_go() {
    assert_agree(include_str!("testdata/formats.txt"), 1200);
}

#[test]
fn floats_agree_with_go() {
    assert_agree(include_str!("testdata/floats.txt"), 1000);
}

#[test]
fn quotes_agree_with_go() {
    assert_agree(include_str!("testdata/quotes.txt"), 700);
}

fn formatted(format: &str, values: &[Value<'_>]) -> Result<String, Failure> {
    let text = sprintf(&mut Meter::new(&WIDE), format.as_bytes(), values)?;
    Ok(String::from_utf8(text).unwrap())
}

#[test]
fn objects_print_as_text_or_by_their_kind() {
    let arena = Arena::new();
    let half = arena.object(Object::Duration(90_000_000_000));
    let march = arena.object(Object::Month(3));
    let list = arena.list(Elem::Any, [march, Value::Nil]);
    let cases = [
        (half, "%v %s %q %x %.2s", "1m30s 1m30s \"1m30s\" 316d333073 1m"),
        (
            half,
            "%d %#v %T %t",
            "90000000000 90000000000 time.Duration %!t(time.Duration=90000000000)",
        ),
        (march, "%v %+v %d %5d| %-10v|", "March March 3     3| March     |"),
        (
            march,
            "%p %w %e %08b",
            "%!p(time.Month=3) %!w(time.Month=3) %!e(time.Month=3) 00000011",
        ),
        (
            list,
            "%v %d %q %#v",
            "[March <nil>] [3 <nil>] [\"March\" <nil>] []interface {}{3, interface {}(nil)}",
        ),
        (list, "%w %T", "%!w([]interface {}=[3 <nil>]) []interface {}"),
    ];
    for (value, format, wanted) in cases {
        let operands = vec![value; format.matches('%').count()];
        assert_eq!(formatted(format, &operands).as_deref(), Ok(wanted), "{format}");
    }
}

#[test]
fn addresses_are_not_printed() {
    let arena = Arena::new();
    for value in [arena.list(Elem::Any, []), arena.map(Elem::Any, Vec::new())] {
        assert!(matches!(formatted("%p", &[value]), Err(Failure::Message(_))));
    }
    // What has none is a wrong verb, as in Go.
    assert_eq!(formatted("%p", &[Value::Int(1)]).as_deref(), Ok("%!p(int=1)"));
    assert_eq!(formatted("%p", &[Value::Nil]).as_deref(), Ok("%!p(<nil>)"));
}

fn printed(value: Value<'_>, limits: &Limits) -> Result<String, Failure> {
    let mut out = Buffer::default();
    print_value(&mut out, &mut Meter::new(limits), value)?;
    Ok(String::from_utf8(out.into_zeroizing().to_vec()).unwrap())
}

#[test]
fn actions_print_what_is_missing_as_no_value() {
    let arena = Arena::new();
    let list = arena.list(
        Elem::Any,
        [Value::Nil, Value::Missing, Value::Bool(true), Value::Int64(-7)],
    );
    let cases = [
        (Value::Missing, "<no value>"),
        (Value::Nil, "<no value>"),
        (list, "[<nil> <nil> true -7]"),
        (Value::Str(b"a b"), "a b"),
        (Value::Int(i64::MIN), "-9223372036854775808"),
        (Value::Float(1e6), "1e+06"),
        (Value::Float(-0.0), "-0"),
        (Value::Uint8(200), "200"),
        (Value::Bool(false), "false"),
    ];
    for (value, wanted) in cases {
        assert_eq!(printed(value, &WIDE).as_deref(), Ok(wanted));
    }
    for (value, wanted) in [
        (1e6, "1e+06"),
        (f64::INFINITY, "+Inf"),
        (f64::NAN, "NaN"),
        (-2.5, "-2.5"),
    ] {
        assert_eq!(float(value), wanted.as_bytes());
    }
}

#[test]
fn what_holds_itself_ends_at_the_depth() {
    let arena = Arena::new();
    let Value::Map(map) = arena.map(Elem::Any, vec![(b"a", Value::Int(1))]) else {
        panic!("a map");
    };
    map.insert(b"self", Value::Map(map));
    let limits = Limits {
        depth: u32::MAX,
        ..WIDE
    };
    // A small stack must do, whatever the limits say.
    std::thread::scope(|scope| {
        let run = || {
            let arena = Arena::new();
            let mut list = arena.list(Elem::Any, []);
            for _ in 0..100_000 {
                list = arena.list(Elem::Any, [list]);
            }
            assert!(matches!(printed(list, &limits), Err(Failure::Limit(_))));
        };
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        small.spawn_scoped(scope, run).unwrap().join().unwrap();
    });
    assert!(matches!(
        printed(Value::Map(map), &limits),
        Err(Failure::Limit(_))
    ));
    assert!(matches!(
        formatted("%v", &[Value::Map(map)]),
        Err(Failure::Limit(_))
    ));
}

#[test]
fn text_is_paid_for_before_it_is_made() {
    let small = Limits {
        work_bytes: 4096,
        output_bytes: 4096,
        ..WIDE
    };
    let arena = Arena::new();
    let long = Value::Str(arena.bytes(vec![b'x'; 3000]));
    let list = arena.list(Elem::Any, [long, long]);
    let hostile: [(&str, &[Value<'_>]); 8] = [
        ("%1000000d", &[Value::Int(1)]),
        ("%-9999999s", &[Value::Str(b"")]),
        ("%.1000000f", &[Value::Float(0.1)]),
        ("%.1000000e", &[Value::Float(0.1)]),
        ("%#.1000000x", &[Value::Float(0.1)]),
        ("%.*d", &[Value::Int(1_000_000), Value::Int(1)]),
        ("%v", &[list]),
        ("% #x", &[long]),
    ];
    for (format, values) in hostile {
        let made = sprintf(&mut Meter::new(&small), format.as_bytes(), values);
        assert!(matches!(made, Err(Failure::Limit(_))), "{format}");
    }
    assert!(matches!(printed(list, &small), Err(Failure::Limit(_))));
    // What fits costs what it takes, and little more.
    let mut meter = Meter::new(&small);
    sprintf(&mut meter, b"%s", &[long]).unwrap();
    assert!((1000..=1096).contains(&meter.room()), "{}", meter.room());
}

#[test]
fn strings_are_bytes_of_their_own() {
    let arena = Arena::new();
    let meter = &mut Meter::new(&WIDE);
    let bytes = arena.list(Elem::Byte, b"hi\xff".iter().map(|byte| Value::Uint8(*byte)));
    assert_eq!(to_string(&arena, meter, bytes), Ok(&b"hi\xff"[..]));
    assert_eq!(to_string(&arena, meter, Value::Nil), Ok(&b"<nil>"[..]));
    assert_eq!(to_string(&arena, meter, Value::Float(0.1)), Ok(&b"0.1"[..]));
    assert_eq!(quote(meter, b"a\"\xff\n"), Ok(br#""a\"\xff\n""#.to_vec()));
}

/// Go 1.26 prints so many characters as they are, and those at the edges of some ranges.
#[test]
fn printable_characters_are_those_of_go() {
    let count = ('\0'..=char::MAX).filter(|char| is_printable(*char)).count();
    assert_eq!(count, 148_998);
    for char in [
        '\u{a0}',
        '\u{ad}',
        '\u{200b}',
        '\u{feff}',
        '\u{378}',
        '\u{e000}',
        '\u{e0001}',
        '\u{10ffff}',
    ] {
        assert!(!is_printable(char), "{char:?}");
    }
    for char in [
        ' ',
        '~',
        '\u{a1}',
        '\u{fffd}',
        '\u{1f600}',
        '\u{20000}',
        '\u{301}',
    ] {
        assert!(is_printable(char), "{char:?}");
    }
}
