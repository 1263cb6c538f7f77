use std::sync::Arc;
use std::time::Duration;

use patchbay_model::call::{Method, Scheme, Success};
use patchbay_model::secret::SecretBytes;

use super::*;
use crate::probes::error::Stage;
use crate::probes::http::target::StopReason;
use crate::probes::net::certificate::{CertificateProblem, TlsFacts};
use crate::probes::net::connect::ConnectProblem;
use crate::probes::net::policy::{Denied, DeniedName};
use crate::probes::net::resolve::DnsProblem;
use crate::probes::net::tls::TlsProblem;
use crate::probes::sniff::Speaks;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn call() -> Call {
    Call {
        host: "git.demo".to_owned(),
        port: 443,
        timeout: None,
        exchange: Exchange::Http(HttpCall {
            method: Method::Get,
            scheme: Scheme::Https,
            target: SecretBytes::new(b"/".to_vec()),
            headers: Vec::new(),
            disable_redirect: false,
            success: Success::Http,
        }),
    }
}

fn outcome(result: Result<Answer, ProbeError>) -> Outcome {
    let stage = match &result {
        Err(ProbeError::Timeout { stage, .. }) => *stage,
        _ => Stage::Answer,
    };
    let unconnected = matches!(
        result,
        Err(ProbeError::Lookup(_)
            | ProbeError::Denied(_)
            | ProbeError::DeniedName(_)
            | ProbeError::Timeout {
                stage: Stage::Resolve,
                ..
            })
    );
    Outcome {
        place: Place {
            host: "git.demo".to_owned(),
            port: 443,
        },
        peer: (!unconnected).then(|| "10.1.2.3:443".parse().unwrap()),
        tls: None,
        stage,
        took: Duration::ZERO,
        waited: Duration::ZERO,
        result,
    }
}

fn http(status: u16, edit: impl FnOnce(&mut HttpAnswer)) -> Result<Answer, ProbeError> {
    let mut answer = HttpAnswer {
        status,
        headers: Vec::new(),
        body: SecretBytes::new(Vec::new()),
        body_cut: false,
        stopped: None,
        headers_dropped: false,
        expression: None,
        to_login: false,
        wants_tls: false,
    };
    edit(&mut answer);
    Ok(Answer::Http(answer))
}

fn shown(kind: Kind, result: Result<Answer, ProbeError>) -> String {
    let verdict = judge(kind, &call(), &outcome(result), now());
    format!(
        "{} {} {}",
        verdict.status.as_str(),
        verdict.reason,
        verdict.message
    )
}

#[test]
fn answers_in_http() {
    use Kind::{Auth, Liveness};
    for (kind, result, want) in [
        (
            Liveness,
            http(200, |_| {}),
            "True ProbeSucceeded git.demo:443 answered 200",
        ),
        (
            Liveness,
            http(204, |_| {}),
            "False UnexpectedStatus git.demo:443 answered 204, 200 is wanted",
        ),
        (
            Liveness,
            http(401, |_| {}),
            "False UnexpectedStatus git.demo:443 answered 401, 200 is wanted: it answers, and wants a login there; the \
             class should probe a path without one",
        ),
        (
            Liveness,
            http(200, |a| a.headers_dropped = true),
            "True ProbeSucceeded git.demo:443 answered 200",
        ),
        (
            Liveness,
            http(302, |a| a.stopped = Some(StopReason::OtherHost)),
            "False UnexpectedStatus git.demo:443 answered 302, a redirect to another host, which a probe does not \
             follow: put the final address into spec.address",
        ),
        (
            Auth,
            http(302, |a| {
                a.stopped = Some(StopReason::OtherHost);
                a.to_login = true;
            }),
            "False UnexpectedStatus git.demo:443 answered 302, a redirect to what looks like a page to log in: it did \
             not take the credential, or the path is not one for programs",
        ),
        (
            Liveness,
            http(400, |a| a.wants_tls = true),
            "False UnexpectedStatus git.demo:443 answered 400: it wants TLS on this port; use https:// in spec.address",
        ),
        (
            Liveness,
            http(204, |a| a.expression = Some(Expression::Holds)),
            "True ProbeSucceeded git.demo:443 answered 204, as the class wants it",
        ),
        (
            Liveness,
            http(200, |a| a.expression = Some(Expression::DoesNotHold)),
            "False ExpressionFalse git.demo:443 answered 200, and response.cel of the class does not hold for that",
        ),
        (
            Liveness,
            http(200, |a| {
                a.expression = Some(Expression::Failed("no such key".to_owned()));
                a.body_cut = true;
            }),
            "False ExpressionFailed git.demo:443 answered 200, and response.cel of the class fails: no such key; the \
             answer is longer than 64 KiB, and the expression saw its begin only",
        ),
        (
            Auth,
            http(401, |a| a.expression = Some(Expression::DoesNotHold)),
            "False AuthenticationFailed git.demo:443 answered 401: it refused the credential; check the values in the \
             Secret and the parameters in spec.auth",
        ),
        (
            Auth,
            http(200, |_| {}),
            "True ProbeSucceeded git.demo:443 answered 200",
        ),
        (
            Auth,
            http(401, |_| {}),
            "False AuthenticationFailed git.demo:443 answered 401: it refused the credential; check the values in the \
             Secret and the parameters in spec.auth",
        ),
        (
            Auth,
            http(403, |_| {}),
            "False Forbidden git.demo:443 answered 403: it knows the credential, and does not allow what the probe asks \
             for; give its account the right to it",
        ),
        (
            Auth,
            http(500, |_| {}),
            "False UnexpectedStatus git.demo:443 answered 500, 200 is wanted",
        ),
        (
            Auth,
            http(401, |a| a.headers_dropped = true),
            "Unknown UnexpectedStatus git.demo:443 answered 401, after a redirect to another port or scheme, where \
             credentials are not sent: put the final address into spec.address",
        ),
    ] {
        assert_eq!(shown(kind, result), want);
    }
}

#[test]
fn calls_without_an_answer() {
    let after = Duration::from_secs(5);
    for (error, want) in [
        (
            ProbeError::Connect(ConnectProblem::Refused),
            "False ConnectionFailed dial tcp 10.1.2.3:443 (git.demo): connection refused; is the service running?",
        ),
        (
            ProbeError::Lookup(DnsProblem::NoSuchHost),
            "False ConnectionFailed lookup git.demo: no such host; is the name right, and does the Service exist?",
        ),
        (
            ProbeError::Lookup(DnsProblem::NoAnswer),
            "False ConnectionFailed lookup git.demo: the DNS does not answer, or cannot say; does the cluster's DNS \
             work?",
        ),
        (
            ProbeError::Denied(Denied {
                address: [127, 0, 0, 1].into(),
                what: "loopback",
            }),
            "False AddressNotAllowed git.demo has the address 127.0.0.1, which is loopback and may not be probed; use \
             another address, or ask the platform's owner to allow it in the chart's values",
        ),
        (
            ProbeError::DeniedName(DeniedName { what: "loopback" }),
            "False AddressNotAllowed git.demo is loopback, and may not be probed; use another address, or ask the \
             platform's owner to allow it in the chart's values",
        ),
        (
            ProbeError::Timeout {
                stage: Stage::Connect,
                after,
            },
            "False ConnectionFailed dial tcp 10.1.2.3:443 (git.demo): no answer within 5 s; does a firewall or a \
             NetworkPolicy drop it?",
        ),
        (
            ProbeError::Timeout {
                stage: Stage::Answer,
                after,
            },
            "False ConnectionFailed 10.1.2.3:443 (git.demo) takes connections, and did not answer within 5 s; is it \
             overloaded?",
        ),
        (
            ProbeError::Timeout {
                stage: Stage::Resolve,
                after,
            },
            "False ConnectionFailed lookup git.demo: no answer from the DNS within 5 s; does the cluster's DNS work?",
        ),
        (
            ProbeError::NotThis {
                expected: "HTTP",
                speaks: Some(Speaks::Ssh),
            },
            "False UnexpectedAnswer 10.1.2.3:443 (git.demo) does not answer HTTP: it speaks SSH; correct the scheme or \
             the port",
        ),
        (
            ProbeError::Tls(TlsProblem::NotTls(None)),
            "False TLSFailed tls 10.1.2.3:443 (git.demo): what answers does not speak TLS, perhaps plain text; use the \
             scheme without TLS, or the port with it",
        ),
        (
            ProbeError::Busy,
            "Unknown Unavailable not probed: too many probes at once; the result before stays",
        ),
    ] {
        assert_eq!(shown(Kind::Liveness, Err(error)), want);
        // Without an answer nothing is known of the credential.
        assert!(shown(Kind::Auth, Err(error)).starts_with("Unknown "), "{error:?}");
    }
}

fn facts(problem: Option<CertificateProblem>) -> TlsFacts {
    TlsFacts {
        not_before: "2026-01-01T00:00:00Z".parse().ok(),
        not_after: "2026-02-01T10:30:00Z".parse().ok(),
        names: vec!["a.demo".to_owned(), "*.b.demo".to_owned()],
        more_names: 2,
        issuer: Some("Example CA".to_owned()),
        self_signed: false,
        problem,
    }
}

#[test]
fn certificates() {
    use CertificateProblem as P;
    for (problem, want) in [
        (
            P::UnknownIssuer,
            "its certificate (for a.demo, *.b.demo and 2 more) is signed by \"Example CA\", which is not trusted here; \
             put its certificate into a Secret and name that in spec.caCertSecretRef",
        ),
        (
            P::OtherName,
            "its certificate (for a.demo, *.b.demo and 2 more) is not for git.demo; use a name that it is for, or have \
             it issued for this one",
        ),
        (
            P::Expired,
            "its certificate (for a.demo, *.b.demo and 2 more) has expired on 2026-02-01 10:30 UTC; renew it",
        ),
        (
            P::NotYetValid,
            "its certificate (for a.demo, *.b.demo and 2 more) is not valid before 2026-01-01 00:00 UTC; are the \
             clocks right?",
        ),
    ] {
        let mut outcome = outcome(Err(ProbeError::Certificate(problem)));
        outcome.tls = Some(Arc::new(facts(Some(problem))));
        let verdict = judge(Kind::Liveness, &call(), &outcome, now());
        assert_eq!(verdict.message, format!("tls 10.1.2.3:443 (git.demo): {want}"));
        assert_eq!(verdict.reason, Reason::CertificateInvalid);
        assert!(verdict.is_unreachable() && !verdict.insecure);
        assert!(verdict.certificate_not_after.is_some());
    }
}

#[test]
fn a_certificate_that_ends_soon_or_is_not_verified_shows() {
    for (end, problem, want) in [
        (
            "2026-12-01T00:00:00Z",
            None,
            "True ProbeSucceeded git.demo:443 answered 200",
        ),
        (
            "2026-03-10T08:00:00Z",
            None,
            "True CertificateExpiring git.demo:443 answered 200; its certificate ends on 2026-03-10 08:00 UTC, renew it",
        ),
        (
            "2026-12-01T00:00:00Z",
            Some(CertificateProblem::UnknownIssuer),
            "True CertificateNotVerified git.demo:443 answered 200; its certificate is not good, and the chart's values \
             let that pass for this host",
        ),
    ] {
        let mut outcome = outcome(http(200, |_| {}));
        outcome.tls = Some(Arc::new(TlsFacts {
            not_after: end.parse().ok(),
            ..facts(problem)
        }));
        let verdict = judge(Kind::Liveness, &call(), &outcome, now());
        let shown = format!(
            "{} {} {}",
            verdict.status.as_str(),
            verdict.reason,
            verdict.message
        );
        assert_eq!(shown, want);
        assert_eq!(verdict.insecure, problem.is_some());
    }
}
