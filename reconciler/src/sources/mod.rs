//! What is observed: classes, Connectors, the Secrets that Connectors name, and the objects that classes name. Fed by
//! watches; read by the controllers and the broker; every replica has all of it.

pub mod addressables;
pub mod addressed;
pub mod feed;
pub mod index;
pub mod key;
pub mod kinds;
pub mod secrets;
pub mod world;

pub use addressed::{AddressState, NoKind};
pub use index::{ClassEntry, Index, SecretObject, SecretState};
pub use key::{Key, Source};
pub use world::World;

/// Receives the names of what changed.
pub type Listener = patchbay_runtime::controller::Listener<Source>;
/// The names of what changed.
pub type Changed = patchbay_runtime::controller::Changed<Source>;
