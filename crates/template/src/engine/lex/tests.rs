use super::*;

fn tokens(text: &str) -> Vec<Token> {
    lex(text, Delims::BRACES)
        .unwrap()
        .into_iter()
        .map(|lexed| lexed.token)
        .collect()
}

fn problem(text: &str) -> String {
    let problem = lex(text, Delims::BRACES).unwrap_err();
    format!("{} at {}", problem.kind, problem.at)
}

fn text(text: &str) -> Token {
    Token::Text(text.to_owned())
}

#[test]
fn trim_markers_take_white_space_on_their_side() {
    assert_eq!(
        tokens("a \n{{- 1 }} b"),
        [
            text("a"),
            Token::Open,
            int(1),
            Token::Close,
            text(" b"),
            Token::End
        ]
    );
    assert_eq!(
        tokens("a {{ 1 -}} \n b"),
        [
            text("a "),
            Token::Open,
            int(1),
            Token::Close,
            text("b"),
            Token::End
        ]
    );
    assert_eq!(tokens("{{-1}}"), [Token::Open, int(-1), Token::Close, Token::End]);
    assert_eq!(tokens("a {{- /* c */ -}} b"), [text("a"), text("b"), Token::End]);
    assert_eq!(tokens("a{{/* }} */}}b"), [text("a"), text("b"), Token::End]);
}

fn int(value: i64) -> Token {
    Token::Number(number::Number::Int(value))
}

#[test]
fn strings_hold_delimiters_and_escapes() {
    assert_eq!(
        tokens(r#"{{"}}\"\x41\101\u00e9\n"}}"#)[1],
        Token::Quoted("}}\"AA\u{e9}\n".into())
    );
    assert_eq!(tokens("{{`}}\"\\`}}")[1], Token::Quoted(br#"}}"\"#.to_vec()));
    assert_eq!(tokens("{{'a'}}")[1], int(97));
    assert_eq!(tokens(r"{{'\''}}")[1], int(39));
}

#[test]
fn names_fields_and_signs() {
    assert_eq!(
        tokens("{{$x := .a.b | f (g .) , =}}"),
        [
            Token::Open,
            Token::Variable("$x".into()),
            Token::Declare,
            Token::Field("a".into()),
            Token::Field("b".into()),
            Token::Pipe,
            Token::Word("f".into()),
            Token::ParenOpen,
            Token::Word("g".into()),
            Token::Dot,
            Token::ParenClose,
            Token::Comma,
            Token::Assign,
            Token::Close,
            Token::End
        ]
    );
}

#[test]
fn what_is_not_closed_is_named_where_it_opens() {
    for (source, wants) in [
        ("ab{{ 1", "the action is not closed; close it with }} at 2"),
        (
            "{{ \"a",
            "the string is not closed; a string in quotes ends on its line at 3",
        ),
        ("{{ `a", "the string in backquotes is not closed at 3"),
        (
            "{{/* a",
            "the comment is not closed; close it with */ and the delimiter at 0",
        ),
        (
            "{{/* a */ 1}}",
            "a comment must be alone in its action, and end right before the delimiter at 0",
        ),
        ("{{ (1 }}", "the parenthesis is not closed at 3"),
        ("{{ 1) }}", "there is no parenthesis to close at 4"),
        ("{{ a!b }}", "the character '!' does not belong here at 4"),
        ("{{ $x=1 }}", "the character '=' does not belong here at 5"),
        ("{{ 12a }}", "\"12a\" is not a number that can be used here at 3"),
        (
            "{{ '' }}",
            "single quotes hold one character; use \"…\" for text at 3",
        ),
        (
            "{{ 'ab' }}",
            "single quotes hold one character; use \"…\" for text at 3",
        ),
    ] {
        assert_eq!(problem(source), wants, "{source}");
    }
    assert!(problem(r#"{{ "\q" }}"#).contains("backslash"));
}

#[test]
fn other_delimiters() {
    let got = lex("{{ a }}{% .b %}", Delims::PERCENT).unwrap();
    let got: Vec<_> = got.into_iter().map(|lexed| lexed.token).collect();
    assert_eq!(
        got,
        [
            text("{{ a }}"),
            Token::Open,
            Token::Field("b".into()),
            Token::Close,
            Token::End
        ]
    );
}
