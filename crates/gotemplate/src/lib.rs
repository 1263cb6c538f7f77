//! Go's `text/template` with the pure part of sprig, byte for byte, for templates and data that nobody vouches for.
//!
//! ```
//! use gotemplate::{Data, Limits, Options, Template};
//!
//! let template = Template::parse("greeting", "Hello, {{ .name | upper }}!", &Options::sprig())?;
//! let data = serde_json::json!({ "name": "world" });
//! let output = template.render(&Data::from_json(&data)?, &Limits::default())?;
//! assert_eq!(output.as_bytes(), b"Hello, WORLD!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - **Meaning**: that of Go and of Masterminds/sprig v3: kinds of values (`int` of a literal and `int64` of a JSON
//!   number differ), printing, comparison, trimming, scoping, aliases of maps, and which mistakes fail in parsing and
//!   which in rendering.
//! - **Pure**: no clock, environment, files, network or randomness. The same template and data give the same bytes.
//! - **Bounded**: every step, byte and level is counted ([`Limits`]); nothing is timed, and nothing runs on.
//! - **Silent**: no error carries a value of the data. What is made on the way is wiped from memory.
//! - **A tree with places** ([`ast`]), for those who check templates before they run.

pub mod ast;
pub mod check;
mod data;
mod error;
mod exec;
mod fmt;
mod funcs;
mod function;
mod limits;
mod meter;
mod object;
mod place;
pub mod suggest;
mod syntax;
mod template;
mod unicode;
mod value;
mod wiped;

pub use data::{Data, DataError, DataMap};
pub use error::{ExecError, ExecErrorKind, ParseError, ParseErrorKind};
pub use function::{Call, Failure, Function, Functions, Lookup, Params, Run, Type};
pub use limits::Limits;
pub use meter::Meter;
pub use object::{FixedZone, Moment, Object, Version, Zone};
pub use place::{Place, Span, excerpt};
pub use template::{Missing, Options, Output, Template};
pub use value::{Arena, Elem, List, Map, Value};
