//! Answers, as the wire wants them. Pure.

use patchbay_proto::broker as wire;
use wire::watch_response::Response;

use super::evaluate::Files;
use super::subscriptions::Message;

/// Longer messages are cut: they end up in an event, whose note has 1 KiB.
const MESSAGE_LIMIT: usize = 1024;

/// Files.
#[must_use]
pub fn files(files: &Files) -> wire::Files {
    let file = |file: &patchbay_model::render::RenderedFile| wire::File {
        name: file.name.clone(),
        content: file.content.expose().to_vec(),
        mode: file.mode,
    };
    wire::Files {
        files: files.files.iter().map(file).collect(),
        version: files.version.clone(),
    }
}

/// A sentence, cut to what an event can hold.
#[must_use]
pub fn sentence(mut text: String) -> String {
    if text.len() > MESSAGE_LIMIT {
        let mut end = MESSAGE_LIMIT - '…'.len_utf8();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A message about a volume.
#[must_use]
pub fn message(volume_id: String, message: Message) -> wire::WatchResponse {
    respond(match message {
        Message::Update(update) => {
            let as_of = update.as_of.as_second();
            Response::Update(wire::Update {
                volume_id,
                files: Some(files(&update)),
                as_of,
            })
        }
        Message::Current => Response::Current(wire::Current { volume_id }),
        Message::Stale { reason, message } => Response::Stale(wire::Stale {
            volume_id,
            reason: reason.to_owned(),
            message: sentence(message),
        }),
        Message::Revoked { reason, message } => Response::Revoked(wire::Revoked {
            volume_id,
            reason: reason.to_owned(),
            message: sentence(message),
        }),
    })
}

/// A sign of life.
#[must_use]
pub fn heartbeat() -> wire::WatchResponse {
    respond(Response::Heartbeat(wire::Heartbeat {}))
}

const fn respond(response: Response) -> wire::WatchResponse {
    wire::WatchResponse {
        response: Some(response),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_between_characters() {
        assert_eq!(sentence("short".to_owned()), "short");
        assert_eq!(sentence("x".repeat(MESSAGE_LIMIT)).len(), MESSAGE_LIMIT);
        for length in MESSAGE_LIMIT - 3..MESSAGE_LIMIT + 9 {
            let cut = sentence(format!(
                "{}{}",
                "x".repeat(length % 3),
                "€".repeat(length / 3 + 2)
            ));
            assert!(cut.len() <= MESSAGE_LIMIT && cut.ends_with('…'), "{length}");
        }
    }
}
