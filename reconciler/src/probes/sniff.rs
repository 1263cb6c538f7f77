//! What speaks on a port, by the first bytes that came from it. Pure.

/// What it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// TLS.
    Tls,
    /// HTTP in plain text.
    Http,
    /// HTTP/2 in plain text.
    Http2,
    /// SSH.
    Ssh,
    /// Mail or file transfer: lines with a code.
    Smtp,
    /// Redis.
    Redis,
    /// MySQL or MariaDB.
    Mysql,
    /// IMAP or POP3.
    Mailbox,
}

impl Speaks {
    /// For a person.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Http => "plain HTTP",
            Self::Http2 => "plain HTTP/2",
            Self::Ssh => "SSH",
            Self::Smtp => "SMTP or FTP",
            Self::Redis => "Redis",
            Self::Mysql => "MySQL",
            Self::Mailbox => "IMAP or POP3",
        }
    }
}

/// Guesses.
#[must_use]
pub fn sniff(first: &[u8]) -> Option<Speaks> {
    match first {
        // An alert or a handshake of version 3.x.
        [0x15 | 0x16, 3, 0..=4, ..] => Some(Speaks::Tls),
        [b'H', b'T', b'T', b'P', b'/', ..] => Some(Speaks::Http),
        // The frame of settings that a server begins with.
        [0, 0, _, 4, 0, 0, 0, 0, 0, ..] => Some(Speaks::Http2),
        [b'S', b'S', b'H', b'-', ..] => Some(Speaks::Ssh),
        [b'2', b'2', b'0', b' ' | b'-', ..] => Some(Speaks::Smtp),
        [b'-', b'E', b'R', b'R', ..] | [b'-', b'N', b'O', b'A', ..] => Some(Speaks::Redis),
        [b'*', b' ', b'O', b'K', ..] | [b'+', b'O', b'K', b' ', ..] => Some(Speaks::Mailbox),
        // The length, a sequence of nought, version 10 and the digit of the server's version.
        [_, _, 0, 0, 10, b'0'..=b'9', ..] => Some(Speaks::Mysql),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes() {
        for (bytes, want) in [
            (&b"\x15\x03\x01\x00\x02"[..], Some(Speaks::Tls)),
            (b"HTTP/1.1 400", Some(Speaks::Http)),
            (b"\0\0\x12\x04\0\0\0\0\0", Some(Speaks::Http2)),
            (b"SSH-2.0-x", Some(Speaks::Ssh)),
            (b"220 mail", Some(Speaks::Smtp)),
            (b"-ERR unknown", Some(Speaks::Redis)),
            (b"* OK IMAP", Some(Speaks::Mailbox)),
            (b"J\0\0\0\x0a8.0.36", Some(Speaks::Mysql)),
            (b"", None),
            (b"hello", None),
            (b"\x15", None),
        ] {
            assert_eq!(sniff(bytes), want, "{bytes:?}");
        }
    }
}
