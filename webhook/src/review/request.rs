//! Reading a request.

use std::fmt;

use serde_json::{Map, Value};

/// The longest `uid` that is echoed. The API server sends UUIDs of 36 characters.
const UID_LIMIT: usize = 128;

/// The most values (texts, numbers, lists, objects) in a review. A value of two bytes takes 80 in memory, so that a
/// hostile body of 8 MiB would take 300 MiB; this many take 20 MiB, and no object that etcd stores has as many.
const VALUES_LIMIT: usize = 250_000;

/// What the API server asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which request this is; the answer carries it back.
    pub uid: String,
    /// The kind of the object.
    pub kind: Kind,
    /// Not empty for a part of an object, such as `status`.
    pub sub_resource: String,
    /// The object's name; empty when the server is going to generate one.
    pub name: String,
    /// The object's namespace; empty for an object of the cluster.
    pub namespace: String,
    /// What is done to the object.
    pub operation: Operation,
    /// The object as it would become; null when it is deleted.
    pub object: Value,
    /// The object as it is; null when it is created.
    pub old_object: Value,
}

/// A group, a version and a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// Empty for the kinds that Kubernetes was born with.
    pub group: String,
    /// For example `v1`.
    pub version: String,
    /// For example `Pod`.
    pub kind: String,
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is removed.
    Delete,
    /// Something is opened on it, such as a shell.
    Connect,
}

impl Operation {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// Why a request cannot be read. Says where, never what was found there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The bytes are not JSON, or are nested too deeply.
    #[error("the body is not JSON that can be read: {problem} at line {line}, column {column}")]
    Json {
        /// What is wrong, from a fixed list.
        problem: &'static str,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The JSON holds more values than any object has.
    #[error("the body holds more than {VALUES_LIMIT} values")]
    TooManyValues,
    /// The JSON is something else.
    #[error("the body is not an AdmissionReview of admission.k8s.io/v1")]
    NotAReview,
    /// The review cannot be answered, as it does not say which one it is.
    #[error("request.uid must be 1 to 128 letters, digits, or any of -_.:")]
    Uid,
    /// A field is missing or has another type.
    #[error("request.{field} must be {wanted}")]
    Field {
        /// The uid, so that the review can be answered.
        uid: String,
        /// The field.
        field: &'static str,
        /// What is wanted there.
        wanted: &'static str,
    },
}

impl Unreadable {
    /// The request's `uid`, where that much could be read.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        match self {
            Self::Field { uid, .. } => Some(uid),
            Self::Json { .. } | Self::TooManyValues | Self::NotAReview | Self::Uid => None,
        }
    }
}

impl Request {
    /// Reads the body of a review.
    ///
    /// # Guarantees
    /// Never panics. The depth of the JSON is bounded (128, by the parser), so that no later step recurses further, and so
    /// is the number of its values.
    ///
    /// # Errors
    /// The first thing that is in the way, without a word of the body.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        if values(body) > VALUES_LIMIT {
            return Err(Unreadable::TooManyValues);
        }
        let review: Value = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
        let Value::Object(mut review) = review else {
            return Err(Unreadable::NotAReview);
        };
        let is = |field: &str, text: &str| review.get(field).and_then(Value::as_str) == Some(text);
        if !is("apiVersion", "admission.k8s.io/v1") || !is("kind", "AdmissionReview") {
            return Err(Unreadable::NotAReview);
        }
        let Some(Value::Object(request)) = review.remove("request") else {
            return Err(Unreadable::NotAReview);
        };
        Fields::new(request)?.request()
    }

    /// Whether the object is being deleted. Nothing may stand in the way of its finalizers.
    #[must_use]
    pub fn is_deleting(&self) -> bool {
        self.object
            .pointer("/metadata/deletionTimestamp")
            .is_some_and(|time| !time.is_null())
    }

    /// The object's name, or what its name will begin with; for logs and messages.
    #[must_use]
    pub fn display_name(&self) -> &str {
        let generated = || {
            self.object
                .pointer("/metadata/generateName")
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        if self.name.is_empty() {
            generated()
        } else {
            &self.name
        }
    }
}

/// About how many values a JSON text holds: it has one more than commas and opening brackets.
fn values(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

/// The parser's message may carry what it found; its category and place do not.
fn not_json(error: &serde_json::Error) -> Unreadable {
    let problem = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax => "it is malformed, or nested too deeply,",
        serde_json::error::Category::Data | serde_json::error::Category::Io => "it cannot be taken in",
    };
    Unreadable::Json {
        problem,
        line: error.line(),
        column: error.column(),
    }
}

/// The fields of `request`, taken out one by one.
struct Fields {
    uid: String,
    fields: Map<String, Value>,
}

impl Fields {
    fn new(mut fields: Map<String, Value>) -> Result<Self, Unreadable> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        match fields.remove("uid") {
            Some(Value::String(uid)) if (1..=UID_LIMIT).contains(&uid.len()) && uid.chars().all(plain) => {
                Ok(Self { uid, fields })
            }
            _ => Err(Unreadable::Uid),
        }
    }

    fn request(mut self) -> Result<Request, Unreadable> {
        let kind = self.kind()?;
        let operation = self.operation()?;
        Ok(Request {
            kind,
            operation,
            sub_resource: self.text("subResource")?,
            name: self.text("name")?,
            namespace: self.text("namespace")?,
            object: self.object(
                "object",
                operation != Operation::Delete && operation != Operation::Connect,
            )?,
            old_object: self.object("oldObject", operation == Operation::Update)?,
            uid: self.uid,
        })
    }

    fn wrong(&self, field: &'static str, wanted: &'static str) -> Unreadable {
        Unreadable::Field {
            uid: self.uid.clone(),
            field,
            wanted,
        }
    }

    fn text(&mut self, field: &'static str) -> Result<String, Unreadable> {
        match self.fields.remove(field) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(self.wrong(field, "text")),
        }
    }

    fn operation(&mut self) -> Result<Operation, Unreadable> {
        match self.text("operation")?.as_str() {
            "CREATE" => Ok(Operation::Create),
            "UPDATE" => Ok(Operation::Update),
            "DELETE" => Ok(Operation::Delete),
            "CONNECT" => Ok(Operation::Connect),
            _ => Err(self.wrong("operation", "CREATE, UPDATE, DELETE or CONNECT")),
        }
    }

    fn kind(&mut self) -> Result<Kind, Unreadable> {
        let Some(Value::Object(mut kind)) = self.fields.remove("kind") else {
            return Err(self.wrong("kind", "an object with group, version and kind"));
        };
        let mut part = |name: &str| match kind.remove(name) {
            None | Some(Value::Null) => Some(String::new()),
            Some(Value::String(text)) => Some(text),
            Some(_) => None,
        };
        match (part("group"), part("version"), part("kind")) {
            (Some(group), Some(version), Some(kind)) => Ok(Kind { group, version, kind }),
            _ => Err(self.wrong("kind", "an object with group, version and kind")),
        }
    }

    fn object(&mut self, field: &'static str, required: bool) -> Result<Value, Unreadable> {
        match self.fields.remove(field) {
            Some(object @ Value::Object(_)) => Ok(object),
            None | Some(Value::Null) if !required => Ok(Value::Null),
            _ => Err(self.wrong(field, "an object")),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {}", self.group, self.version, self.kind)
    }
}
