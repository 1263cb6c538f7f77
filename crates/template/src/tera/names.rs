//! The filters, tests and functions that there are, and those that people will look for.

use super::limits::shown;
use super::tree::{Program, Role, Use};
use super::{Parsed, Problem};
use crate::{CompileErrorKind, suggest};

/// A name with the arguments that it needs and the ones that it may have.
type Entry = (&'static str, &'static [&'static str], &'static [&'static str]);

const FILTERS: &[Entry] = &[
    ("abs", &[], &[]),
    ("capitalize", &[], &[]),
    ("default", &["value"], &["boolean"]),
    ("escape", &[], &[]),
    ("escape_html", &[], &[]),
    ("escape_xml", &[], &[]),
    ("first", &[], &[]),
    ("float", &[], &[]),
    ("get", &["key"], &["default"]),
    ("group_by", &["attribute"], &[]),
    ("indent", &[], &["width", "indentation", "first", "blank"]),
    ("int", &[], &["base"]),
    ("join", &[], &["sep"]),
    ("keys", &[], &[]),
    ("last", &[], &[]),
    ("length", &[], &[]),
    ("lower", &[], &[]),
    ("newlines_to_br", &[], &[]),
    ("nth", &["n"], &[]),
    ("pairs", &[], &[]),
    ("pluralize", &[], &["singular", "plural"]),
    ("replace", &["from", "to"], &[]),
    ("reverse", &[], &[]),
    ("round", &[], &["method", "precision"]),
    ("safe", &[], &[]),
    ("sort", &[], &["attribute"]),
    ("split", &["pat"], &[]),
    ("str", &[], &[]),
    ("title", &[], &[]),
    ("trim", &[], &["pat"]),
    ("trim_end", &[], &["pat"]),
    ("trim_start", &[], &["pat"]),
    ("truncate", &["length"], &["end"]),
    ("unique", &[], &[]),
    ("upper", &[], &[]),
    ("values", &[], &[]),
    ("wordcount", &[], &[]),
    // Ours.
    ("b64dec", &[], &[]),
    ("b64enc", &[], &[]),
    ("gitConfigSubsection", &[], &[]),
    ("gitConfigValue", &[], &[]),
    ("iniValue", &[], &[]),
    ("jsonString", &[], &[]),
    ("netrcToken", &[], &[]),
    ("npmrcValue", &[], &[]),
    ("pgpassField", &[], &[]),
    ("propertiesValue", &[], &[]),
    ("shellQuote", &[], &[]),
    ("toJson", &[], &[]),
    ("tomlString", &[], &[]),
    ("urlUserinfo", &[], &[]),
    ("xmlAttr", &[], &[]),
    ("xmlText", &[], &[]),
    ("yamlString", &[], &[]),
];

const TESTS: &[Entry] = &[
    ("array", &[], &[]),
    ("bool", &[], &[]),
    ("containing", &["pat"], &[]),
    ("defined", &[], &[]),
    ("divisible_by", &["divisor"], &[]),
    ("ending_with", &["pat"], &[]),
    ("even", &[], &[]),
    ("float", &[], &[]),
    ("integer", &[], &[]),
    ("iterable", &[], &[]),
    ("map", &[], &[]),
    ("none", &[], &[]),
    ("number", &[], &[]),
    ("odd", &[], &[]),
    ("starting_with", &["pat"], &[]),
    ("string", &[], &[]),
    ("undefined", &[], &[]),
];

const FUNCTIONS: &[Entry] = &[
    ("range", &["end"], &["start", "step_by"]),
    ("throw", &["message"], &[]),
];

/// The names of all filters.
#[cfg(test)]
pub(super) fn filters() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|(name, ..)| *name)
}

/// Checks every filter, test, function and component that a template uses, and their arguments. Tera reports all that
/// it does not know at once, each with its whole line, and leaves arguments to rendering.
pub(super) fn check(program: &Program) -> Parsed<()> {
    let components: Vec<&str> = program.components.iter().map(|c| c.name.as_str()).collect();
    program
        .uses
        .iter()
        .try_for_each(|used| check_one(used, &components))
}

fn check_one(used: &Use, components: &[&str]) -> Parsed<()> {
    let (table, what) = match used.role {
        Role::Filter => (FILTERS, "filter"),
        Role::Test => (TESTS, "test"),
        Role::Function => (FUNCTIONS, "function"),
        Role::Component => {
            if components.contains(&used.name.as_str()) {
                return Ok(());
            }
            let near = suggest::nearest(&used.name, components.iter().copied());
            return Err(unknown(used.at, "component", &used.name, &did_you_mean(near)));
        }
    };
    let Some((_, needed, optional)) = table.iter().find(|(name, ..)| *name == used.name) else {
        return Err(unknown_name(used, what, table));
    };
    // Of two arguments of one name Tera complains itself.
    if let Some(missing) = needed
        .iter()
        .find(|name| used.arguments.iter().all(|(own, _)| own != *name))
    {
        let message = format!("{what} {} needs the argument {missing}=", used.name);
        return Err(Problem::syntax(used.at, message));
    }
    let known = || needed.iter().chain(*optional).copied();
    match used
        .arguments
        .iter()
        .find(|(own, _)| known().all(|name| name != own))
    {
        None => Ok(()),
        Some((argument, at)) => {
            let names: Vec<&str> = known().collect();
            let help = match suggest::nearest(argument, names.iter().copied()) {
                Some(near) => format!("; did you mean {near:?}?"),
                None if names.is_empty() => format!("; {what} {} takes none", used.name),
                None => format!("; {what} {} takes {}", used.name, names.join(", ")),
            };
            Err(unknown(*at, "argument", argument, &help))
        }
    }
}

fn unknown_name(used: &Use, what: &'static str, table: &'static [Entry]) -> Problem {
    let name = used.name.as_str();
    if let Some(why) = forbidden(name) {
        let kind = CompileErrorKind::ForbiddenFunction {
            name: shown(name),
            why,
        };
        return Problem { at: used.at, kind };
    }
    let has = |table: &[Entry]| table.iter().any(|(own, ..)| *own == name);
    let help = if used.role == Role::Function && name == "super" {
        "; there is no other template that a block could be of".to_owned()
    } else if used.role != Role::Filter && has(FILTERS) {
        format!("; it is a filter: value | {name}")
    } else if used.role != Role::Test && has(TESTS) {
        format!("; it is a test: value is {name}")
    } else if used.role != Role::Function && has(FUNCTIONS) {
        format!("; it is a function: {name}()")
    } else if let Some(instead) = renamed(name) {
        format!("; {instead}")
    } else {
        did_you_mean(suggest::nearest(name, table.iter().map(|(name, ..)| *name)))
    };
    unknown(used.at, what, name, &help)
}

fn unknown(at: usize, what: &'static str, name: &str, help: &str) -> Problem {
    let kind = CompileErrorKind::UnknownName {
        what,
        name: shown(name),
        help: help.to_owned(),
    };
    Problem { at, kind }
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default()
}

/// Why a function or filter of Tera's other crates is left out.
fn forbidden(name: &str) -> Option<&'static str> {
    const TIME: &str = "the same inputs must give the same file, so templates cannot read the clock";
    const RANDOM: &str = "the same inputs must give the same file, so templates cannot make random values";
    const IO: &str = "templates cannot read the environment, files or the network";
    Some(match name {
        "now" => TIME,
        "get_random" | "shuffle" | "random" => RANDOM,
        "get_env" | "env" | "load_data" | "get_file" | "read_file" => IO,
        "date" | "format_date" => "dates are not supported",
        _ => return None,
    })
}

/// Filters of the first Tera, of Jinja and of sprig, and what to write.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "json_encode" | "tojson" | "to_json" => "use toJson",
        "b64_encode" | "base64_encode" | "base64" => "use b64enc",
        "b64_decode" | "base64_decode" => "use b64dec",
        "urlencode" | "urlencode_strict" | "url_encode" => "use urlUserinfo",
        "as_str" | "string" => "use str",
        "trim_start_matches" => "use trim_start(pat=\"…\")",
        "trim_end_matches" => "use trim_end(pat=\"…\")",
        "slice" => "write value[from:to]",
        "map" | "filter" => "write [item for item in list if …]",
        "concat" => "write [...list, item]",
        "linebreaksbr" => "use newlines_to_br",
        "quote" | "squote" => "use the helper of the format, such as jsonString, yamlString or shellQuote",
        _ => return None,
    })
}

/// A tag that there is not.
pub(super) fn unknown_tag(at: usize, word: &str) -> Problem {
    const OTHERS: &str = "a template stands for itself and cannot read others; put the text into this one";
    const MACROS: &str = "components took the place of macros: {% component name(a, b) %} … {% endcomponent %}, used \
                          as {{ <name a={value} b=\"text\" /> }}";
    const TAGS: [&str; 9] = [
        "if",
        "for",
        "set",
        "set_global",
        "filter",
        "block",
        "component",
        "break",
        "continue",
    ];
    let not_there = |why: &'static str| Problem {
        at,
        kind: CompileErrorKind::NotSupported(format!("the tag `{word}` is not available: {why}").into()),
    };
    match word {
        "include" | "extends" | "import" => not_there(OTHERS),
        "macro" | "endmacro" => not_there(MACROS),
        "autoescape" => {
            not_there("nothing is escaped by itself; use the helper of the format, such as xmlText")
        }
        "raw" => Problem::syntax(at, "`raw` stands alone in its tag: {% raw %}"),
        "end" => Problem::syntax(at, "each tag has an end of its own: {% endif %}, {% endfor %}"),
        "elif" | "else" | "endif" | "endfor" | "endset" | "endfilter" | "endblock" | "endcomponent"
        | "endraw" => Problem::syntax(at, format!("there is no open tag for `{word}` here")),
        _ => unknown(at, "tag", word, &did_you_mean(suggest::nearest(word, TAGS))),
    }
}
