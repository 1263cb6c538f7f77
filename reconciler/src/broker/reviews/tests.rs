use std::collections::VecDeque;
use std::sync::Arc;

use k8s_openapi::api::authentication::v1::{TokenReviewStatus, UserInfo};
use k8s_openapi::api::authorization::v1::SubjectAccessReviewStatus;
use patchbay_runtime::metrics::Metrics as Process;

use super::*;

/// An API server that answers as it is told.
#[derive(Default)]
struct Fake {
    tokens: Mutex<VecDeque<Option<bool>>>,
    accesses: Mutex<VecDeque<Option<bool>>>,
}

fn no_answer() -> CallError {
    CallError::Timeout {
        what: "review",
        after: DEADLINE,
    }
}

impl Reviewer for Arc<Fake> {
    fn token(&self, review: TokenReview) -> BoxFuture<'_, Result<TokenReview, CallError>> {
        let answer = self
            .tokens
            .lock()
            .pop_front()
            .expect("nobody asks more often than the test says");
        Box::pin(async move {
            let authenticated = answer.ok_or_else(no_answer)?;
            Ok(TokenReview {
                status: Some(good(authenticated)),
                ..review
            })
        })
    }

    fn access(&self, review: SubjectAccessReview) -> BoxFuture<'_, Result<SubjectAccessReview, CallError>> {
        let answer = self
            .accesses
            .lock()
            .pop_front()
            .expect("nobody asks more often than the test says");
        Box::pin(async move {
            let allowed = answer.ok_or_else(no_answer)?;
            let status = SubjectAccessReviewStatus {
                allowed,
                ..SubjectAccessReviewStatus::default()
            };
            Ok(SubjectAccessReview {
                status: Some(status),
                ..review
            })
        })
    }
}

fn good(authenticated: bool) -> TokenReviewStatus {
    let one = |s: &str| vec![s.to_owned()];
    TokenReviewStatus {
        authenticated: Some(authenticated),
        audiences: Some(one(patchbay_api::names::BROKER_AUDIENCE)),
        error: None,
        user: Some(UserInfo {
            username: Some("system:serviceaccount:demo:default".to_owned()),
            uid: None,
            groups: None,
            extra: Some(
                ["pod-name", "pod-uid", "node-name"]
                    .map(|key| (format!("authentication.kubernetes.io/{key}"), one(key)))
                    .into(),
            ),
        }),
    }
}

fn reviews() -> (Arc<Fake>, Reviews) {
    let fake = Arc::new(Fake::default());
    let metrics = Metrics::register(&Process::new());
    (fake.clone(), Reviews::new(Box::new(fake), [7; 32], metrics))
}

fn token() -> Token {
    Token::new("a.b.c".to_owned())
}

async fn ask_token(reviews: &Reviews) -> &'static str {
    match reviews.identity(&token(), TOKEN_TTL).await {
        Ok((_, Freshness::Fresh)) => "good",
        Ok((_, Freshness::StandsIn(_))) => "stands in",
        Err(ReviewError::Authn(_)) => "refused",
        Err(ReviewError::Unavailable) => "unavailable",
    }
}

async fn ask_access(reviews: &Reviews, max_age: Duration) -> &'static str {
    let identity = authn::identity(good(true)).unwrap();
    match reviews
        .may_use(&identity, &Key::new("demo", "git"), max_age)
        .await
    {
        Ok((true, Freshness::Fresh)) => "good",
        Ok((true, Freshness::StandsIn(_))) => "stands in",
        Ok((false, _)) => "refused",
        Err(ReviewError::Authn(_)) => "authn",
        Err(ReviewError::Unavailable) => "unavailable",
    }
}

const S: Duration = Duration::from_secs(1);

/// Seconds that pass, what the API server says if it is asked, and what comes out.
type Story<'a> = &'a [(u32, Option<Option<bool>>, &'a str)];

async fn tell(story: Story<'_>, access: Option<Duration>) {
    let (fake, reviews) = reviews();
    for (i, (pass, answer, want)) in story.iter().enumerate() {
        tokio::time::advance(S * *pass).await;
        let queue = if access.is_some() {
            &fake.accesses
        } else {
            &fake.tokens
        };
        queue.lock().extend(*answer);
        let got = match access {
            Some(max_age) => ask_access(&reviews, max_age).await,
            None => ask_token(&reviews).await,
        };
        assert_eq!(got, *want, "step {i}");
        assert!(queue.lock().is_empty(), "step {i}: the API server was not asked");
    }
}

#[tokio::test(start_paused = true)]
async fn a_good_token_counts_for_a_minute_and_stands_in_while_nobody_answers() {
    tell(
        &[
            (0, Some(Some(true)), "good"),
            (59, None, "good"),
            (2, Some(None), "stands in"),
            // For a moment nobody is asked again.
            (1, None, "stands in"),
            (2, Some(None), "stands in"),
            (3, Some(Some(true)), "good"),
            (3601, Some(None), "unavailable"),
        ],
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_counts_for_a_moment_and_nothing_stands_in_for_it() {
    tell(
        &[
            (0, Some(Some(true)), "good"),
            (61, Some(Some(false)), "refused"),
            (2, None, "refused"),
            (2, Some(None), "unavailable"),
            (0, Some(None), "unavailable"),
            (0, Some(Some(true)), "good"),
        ],
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_access_counts_as_long_as_the_caller_says_at_most_half_a_minute() {
    tell(
        &[
            (0, Some(Some(true)), "good"),
            (30, None, "good"),
            (1, Some(Some(true)), "good"),
            (31, Some(None), "stands in"),
            (1, None, "stands in"),
            (2, Some(Some(false)), "refused"),
            (3, None, "refused"),
            (1, Some(None), "unavailable"),
            (0, Some(Some(true)), "good"),
        ],
        Some(Duration::from_secs(3600)),
    )
    .await;
    tell(
        &[(0, Some(Some(true)), "good"), (6, Some(Some(false)), "refused")],
        Some(S * 5),
    )
    .await;
    tell(
        &[(0, Some(Some(true)), "good"), (1, Some(Some(true)), "good")],
        Some(Duration::ZERO),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_identity_does_not_answer_for_another() {
    let (fake, reviews) = reviews();
    let base = authn::identity(good(true)).unwrap();
    type Edit = fn(&mut Identity);
    let edits: &[(Edit, bool)] = &[
        (|_| (), true),
        (|i| i.username.push('x'), true),
        (|i| i.uid.push('x'), true),
        (|i| i.groups.push("admins".to_owned()), true),
        (
            |i| drop(i.extra.insert("k".to_owned(), vec!["v".to_owned()])),
            true,
        ),
        (
            |i| drop(i.extra.insert("k".to_owned(), vec!["w".to_owned()])),
            true,
        ),
        // The number of the token is another one after each renewal, and nothing is decided by it.
        (
            |i| {
                drop(i.extra.insert(
                    "authentication.kubernetes.io/credential-id".to_owned(),
                    vec!["JTI=1".to_owned()],
                ))
            },
            false,
        ),
    ];
    for (i, (edit, asked)) in edits.iter().enumerate() {
        let mut identity = base.clone();
        edit(&mut identity);
        if *asked {
            fake.accesses.lock().push_back(Some(true));
        }
        let allowed = reviews
            .may_use(&identity, &Key::new("demo", "git"), ACCESS_TTL)
            .await;
        assert_eq!(allowed, Ok((true, Freshness::Fresh)), "{i}");
        assert!(fake.accesses.lock().is_empty(), "{i}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_ends() {
    let (fake, reviews) = reviews();
    fake.tokens.lock().push_back(Some(true));
    fake.accesses.lock().push_back(Some(true));
    ask_token(&reviews).await;
    ask_access(&reviews, ACCESS_TTL).await;
    tokio::time::advance(STANDS_IN + S).await;
    reviews.sweep();
    assert!(reviews.tokens.lock().is_empty() && reviews.accesses.lock().is_empty());
}
