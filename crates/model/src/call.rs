//! One call to a tool, complete: what the rendering of a probe gives, and what the prober sends. No templates are left
//! in it, and no default.

use std::time::Duration;

use patchbay_cel::Program;

use crate::secret::SecretBytes;

/// One call.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub struct Call {
    /// A name or a literal, an IPv6 one without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How long all of it may take, where the class says so.
    pub timeout: Option<Duration>,
    /// What is said there.
    pub exchange: Exchange,
}

/// What is said to a tool.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub enum Exchange {
    /// An HTTP request.
    Http(HttpCall),
    /// Nothing: the connection opens.
    Tcp,
    /// A TLS handshake.
    Tls {
        /// The name that the certificate must be for, where it is not the host.
        server_name: Option<String>,
    },
    /// The health service of gRPC.
    Grpc {
        /// The service that is asked about; empty: the server as a whole.
        service: String,
        /// Over TLS.
        tls: bool,
    },
    /// The first steps of another protocol.
    Server(ServerCall),
}

/// An HTTP request.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub struct HttpCall {
    /// The method. A POST has an empty body.
    pub method: Method,
    /// `http` or `https`.
    pub scheme: Scheme,
    /// Path and query, as they go into the request line: ASCII, without spaces, beginning with a slash.
    pub target: SecretBytes,
    /// Names in lower case, each once; values without line breaks, and not empty.
    pub headers: Vec<(String, SecretBytes)>,
    /// Do not follow redirects.
    pub disable_redirect: bool,
    /// What an answer means.
    pub success: Success,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Success {
    /// 200 is success.
    Http,
    /// 200 is success; 401 and 403 say that the credential is wrong.
    Api,
    /// What the expression holds for is success; see [`crate::response`].
    Cel(Program),
}

/// The first steps of a protocol: as far as a server shows that it is one, and with a login, as far as it takes it.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "holds a credential")]
pub struct ServerCall {
    /// Which one.
    pub protocol: Protocol,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// The credential, where it is to be checked.
    pub login: Option<Login>,
    /// The database, where the protocol has such a thing: of PostgreSQL and MySQL a name, of Redis a number.
    pub database: Option<String>,
}

/// A user and a password.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "holds a credential")]
pub struct Login {
    /// The user; may be empty for Redis, a distinguished name for LDAP.
    pub username: SecretBytes,
    /// The password.
    pub password: SecretBytes,
}

/// A protocol of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// PostgreSQL, version 3 of its protocol.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
    /// Redis and what speaks RESP.
    Redis,
    /// Mail.
    Smtp,
    /// Directories.
    Ldap,
    /// Kafka.
    Kafka,
}

impl Protocol {
    /// The word in `livenessProbe`, metrics and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Redis => "redis",
            Self::Smtp => "smtp",
            Self::Ldap => "ldap",
            Self::Kafka => "kafka",
        }
    }
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// Not at all.
    Plain,
    /// The protocol begins in plain text and changes to TLS, or the call fails.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// The method of an HTTP call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`, with an empty body.
    Post,
}

impl Method {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// The scheme of an HTTP call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

impl Scheme {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port when none is written.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}
