//! What Go's text/template gives for calls, case by case. The cases were made by `../../fmt/testdata/generate.go`.

use super::*;
use crate::fmt::tests::{WIDE, read};
use crate::funcs::Cache;
use crate::{Arena, Meter, fmt};

fn run<'a>(
    name: &str,
    arguments: &[Value<'a>],
    arena: &'a Arena<'a>,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    let function = BUILTIN.iter().find(|function| function.name == name).unwrap();
    let mut call = Call {
        arguments,
        meter,
        cache: &mut Cache::default(),
        arena,
    };
    (function.run)(&mut call)
}

/// The failure in Go's words.
fn words(failure: Failure) -> String {
    let text = match failure {
        Failure::Message(text) => text.to_owned(),
        Failure::Types(text, [a, b]) => text.replace("{0}", a).replace("{1}", b),
        other => panic!("{other:?}"),
    };
    // What Go says behind these depends on values.
    for known in [
        "index out of range",
        "invalid slice index",
        "too many slice indexes",
        "non-comparable type",
    ] {
        if text.starts_with(known) {
            return format!("!{known}");
        }
    }
    format!("!{text}")
}

/// How many cases agree; the lines that do not, with what was made instead.
pub(crate) fn compare(lines: &str) -> (usize, Vec<String>) {
    let mut agree = 0;
    let mut differ = Vec::new();
    for line in lines.lines() {
        let arena = Arena::new();
        let case = read(line, &arena);
        let meter = &mut Meter::new(&WIDE);
        let made = match run(case.name, &case.values, &arena, meter) {
            Ok(value) => fmt::sprintf(meter, b"%T %#[1]v", &[value]).unwrap(),
            Err(failure) => words(failure).into_bytes(),
        };
        if made == case.wanted {
            agree += 1;
        } else {
            differ.push(format!("{line}\n    {}", made.escape_ascii()));
        }
    }
    (agree, differ)
}

#[test]
fn calls_agree_with_go() {
    let (agree, differ) = compare(include_str!("testdata/calls.txt"));
    assert!(
        differ.is_empty(),
        "{} differ:\n{}",
        differ.len(),
        differ.join("\n")
    );
    assert!(agree >= 1300, "only {agree} cases");
}

#[test]
fn objects_compare_by_their_kind() {
    use crate::Object;
    let arena = Arena::new();
    let (march, second) = (
        arena.object(Object::Month(3)),
        arena.object(Object::Duration(1_000_000_000)),
    );
    let cases = [
        ("eq", vec![march, Value::Int(3)], Ok(true)),
        ("lt", vec![march, Value::Uint64(4)], Ok(true)),
        ("ge", vec![second, march], Ok(true)),
        ("eq", vec![march, Value::Nil], Ok(false)),
        (
            "eq",
            vec![march, Value::Str(b"March")],
            Err("!incompatible types for comparison: time.Month and string"),
        ),
    ];
    for (name, arguments, wanted) in cases {
        let made = run(name, &arguments, &arena, &mut Meter::new(&WIDE));
        match (made, wanted) {
            (Ok(Value::Bool(made)), Ok(wanted)) => assert_eq!(made, wanted, "{name}"),
            (Err(failure), Err(wanted)) => assert_eq!(words(failure), wanted),
            _ => panic!("{name}"),
        }
    }
}

#[test]
fn escaping_pays_for_what_it_makes() {
    use crate::Limits;
    let arena = Arena::new();
    let text = Value::Str(arena.bytes(vec![b'<'; 1000]));
    for name in ["html", "js", "urlquery"] {
        let small = Limits {
            work_bytes: 2000,
            ..WIDE
        };
        let made = run(name, &[text], &arena, &mut Meter::new(&small));
        assert!(matches!(made, Err(Failure::Limit(_))), "{name}");
    }
    // What needs no escaping is not copied.
    let plain = arena.bytes(vec![b'x'; 1000]);
    let mut meter = Meter::new(&WIDE);
    let before = meter.room();
    let Ok(Value::Str(same)) = run("html", &[Value::Str(plain)], &arena, &mut meter) else {
        panic!("a string");
    };
    assert!(std::ptr::eq(same, plain) && meter.room() == before);
}

#[test]
fn calling_data_fails_as_in_go() {
    let arena = Arena::new();
    for (value, wanted) in [
        (Value::Missing, "!call of nil"),
        (Value::Nil, "!call of nil"),
        (Value::Int(1), "!non-function of type int"),
    ] {
        let failure = run("call", &[value], &arena, &mut Meter::new(&WIDE)).unwrap_err();
        assert_eq!(words(failure), wanted);
    }
}

#[test]
fn a_slice_may_be_cut_again_up_to_its_capacity() {
    let arena = Arena::new();
    let int = |number| Value::Int(number);
    let cut = |list, indexes: &[i64]| {
        let mut arguments = vec![list];
        arguments.extend(indexes.iter().map(|index| int(*index)));
        let made = run("slice", &arguments, &arena, &mut Meter::new(&WIDE));
        made.map(|list| (list, fmt::sprint(&mut Meter::new(&WIDE), &[list]).unwrap()))
    };
    let all = arena.list(crate::Elem::Any, [int(1), int(2), int(3)]);
    let (one, text) = cut(all, &[0, 1]).unwrap();
    assert_eq!(text, b"[1]");
    assert_eq!(cut(one, &[0, 3]).unwrap().1, b"[1 2 3]");
    let (capped, text) = cut(all, &[0, 1, 2]).unwrap();
    assert_eq!(text, b"[1]");
    assert_eq!(cut(capped, &[1, 2]).unwrap().1, b"[2]");
    assert!(cut(capped, &[0, 3]).is_err());
    assert!(cut(all, &[2, 1]).is_err() && cut(all, &[0, 3, 2]).is_err() && cut(all, &[0, 4]).is_err());
}
