//! Files whose templates are written in Tera.

use patchbay_template::tera::{Failure, Job, Unbounded, Worker};
use zeroize::Zeroizing;

use super::*;

fn render_tera(world: &World, worker: &dyn Worker) -> Result<String, RenderError> {
    let asked = source(&["c"], &[]);
    let input = RenderInput {
        connectors: &[world.as_connector()],
        source: &asked,
        limits: RenderLimits::default(),
    };
    let files = files_with(&input, worker)?;
    Ok(content(&files, "f").expect("the file f"))
}

fn world(text: &str) -> World {
    World::with(json!({"engine": "Tera", "credentials": true, "format": "json", "data": {"f": text}}))
}

#[test]
fn both_languages_see_the_same_data() {
    let go = "{\"a\": {{ .connector.spec.address | toJson }}, \"n\": {{ .connector.metadata.namespace | toJson }}, \"p\": {{ .secret.password | toJson }}}";
    let tera = "{\"a\": {{ connector.spec.address | toJson }}, \"n\": {{ connector.metadata.namespace | toJson }}, \"p\": {{ secret.password | toJson }}}";
    let of_go = World::with(json!({"credentials": true, "format": "json", "data": {"f": go}}));
    let of_go = of_go.f().expect("renders");
    assert!(of_go.contains(CANARY));
    assert_eq!(render_tera(&world(tera), &Unbounded).expect("renders"), of_go);
}

#[test]
fn failures_are_told_without_values() {
    for (text, reason, said) in [
        (
            "{{ secret.password | float }}",
            Reason::TemplateFailed,
            "line 1, column 22: float: it cannot work with what it is given",
        ),
        (
            "{{ throw(message=secret.password) }}",
            Reason::TemplateFailed,
            "the template stopped itself",
        ),
        (
            "{{ context.token }}",
            Reason::TemplateFailed,
            "secretless proxy, and this Connector has none",
        ),
        (
            "{\"p\": \"{{ secret.password }}",
            Reason::FormatInvalid,
            "is not well-formed json at line 1",
        ),
        (
            "{% for i in range(end=9999) %}{{ range(end=999) }}{% endfor %}",
            Reason::LimitExceeded,
            "the output has more than 1048576 bytes",
        ),
    ] {
        let error = render_tera(&world(text), &Unbounded).expect_err(text);
        assert_eq!(
            (error.reason(), error.class()),
            (reason, ErrorClass::Invalid),
            "{text}"
        );
        let shown = error.public();
        assert!(
            shown.starts_with("file f of configuration \"c\" of class \"git\""),
            "{shown}"
        );
        assert!(shown.contains(said), "{shown}");
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

#[test]
fn a_worker_that_fails_is_told_apart_from_a_template_that_fails() {
    struct Fails(Failure);
    impl Worker for Fails {
        fn run(&self, _: &Job) -> Result<Zeroizing<Vec<u8>>, Failure> {
            Err(self.0)
        }
    }
    let world = world("{}");
    for (failure, reason, class) in [
        (Failure::Time, Reason::LimitExceeded, ErrorClass::Invalid),
        (Failure::Memory, Reason::LimitExceeded, ErrorClass::Invalid),
        (Failure::Volume, Reason::LimitExceeded, ErrorClass::Invalid),
        (
            Failure::Unavailable("no workers"),
            Reason::Unavailable,
            ErrorClass::Transient,
        ),
    ] {
        let error = render_tera(&world, &Fails(failure)).expect_err("fails");
        assert_eq!((error.reason(), error.class()), (reason, class), "{error}");
    }
    let error = world.f().expect_err("there is no worker");
    assert!(error.contains("this program has no workers for Tera"), "{error}");
}
