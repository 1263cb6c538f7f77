//! Tests of URLs.

use crate::funcs::answered::text;

#[test]
fn parts_are_unescaped_and_joined_again() {
    let url = "http://us%20er:p%40ss@h%C3%B6st:80/a%2fb;c?q=%41#f%20g";
    assert_eq!(
        text(&format!(
            r#"{{{{range $k, $v := urlParse "{url}"}}}}{{{{$k}}}}={{{{$v}}}} {{{{end}}}}"#
        )),
        "fragment=f g host=höst:80 hostname=höst opaque= path=/a/b;c query=q=%41 scheme=http \
         userinfo=us%20er:p%40ss "
    );
    assert_eq!(
        text(&format!(r#"{{{{urlParse "{url}" | urlJoin}}}}"#)),
        "http://us%20er:p%40ss@h%C3%B6st:80/a/b;c?q=%41#f%20g"
    );
}

#[test]
fn errors_carry_no_part_of_the_url() {
    for url in [
        "http://[::1",
        "http://[1.2.3.4]/",
        "http://h:secret/",
        "http://s%zzecret/",
        "http://a b/",
        "http://s\\\"ecret@h^/",
        ":secret",
        "secret:x/y\\u0001",
        "a secret:b",
    ] {
        let error = text(&format!(r#"{{{{urlParse "{url}"}}}}"#));
        assert!(error.contains("is not a URL: "), "{url}: {error}");
        // The argument is a constant of the template here, whose text may be shown.
        assert!(
            !error.rsplit("is not a URL").next().unwrap().contains("secret"),
            "{error}"
        );
    }
}
