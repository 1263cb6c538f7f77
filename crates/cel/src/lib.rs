//! The [Common Expression Language](https://cel.dev), checked before it runs and bounded while it does.
//!
//! ```
//! use patchbay_cel::{Env, Limits, Type, Value, compile};
//!
//! let env = Env::new().variable("count", Type::Int).variable("body", Type::Dyn);
//! let program = compile("count < 3 && body.items.exists(item, item.ready)", &env, &Type::Bool)
//!     .map_err(|problems| format!("{problems:?}"))?;
//! let body = serde_json::json!({ "items": [{ "ready": true }] });
//! let variables = [("count", Value::Int(2)), ("body", Value::from(&body))];
//! let value = program.run(&variables, &Limits::default())?;
//! assert_eq!(value.as_bool(), Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - **Meaning**: that of cel-go with the options of Kubernetes: the standard library, comparison across types of
//!   numbers, and the strings extension. There are no protocol buffers.
//! - **Checked**: names, fields, types and arguments, with places, and the nearest name where one is not known.
//! - **Pure**: no clock, environment, files, network, threads or randomness.
//! - **Bounded**: every step and byte is counted ([`Limits`]); nothing is timed, and nothing runs on.
//! - **Silent**: no error carries a value of the data.

mod ast;
mod check;
mod env;
mod library;
mod limits;
mod number;
mod place;
mod problem;
mod program;
mod regex;
mod run;
mod suggest;
mod syntax;
mod types;
mod value;

pub use env::Env;
pub use limits::{Limits, MOST_LEVELS, SOURCE_BYTES};
pub use problem::Problem;
pub use program::{Program, compile};
pub use run::{EvalError, EvalErrorKind};
pub use types::{Object, Type};
pub use value::{Duration, Key, Map, Timestamp, TypeName, Value};
