//! Grants that a run may leave unused, each with its reason.

use super::Access;

/// An excuse for grants that a run did not use. A field that is `*` matches anything.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// The service account.
    pub account: &'static str,
    /// The resource, with its subresource.
    pub resource: &'static str,
    /// The verb.
    pub verb: &'static str,
    /// Why the grant stays although a run may not need it.
    pub reason: &'static str,
}

impl Allowed {
    /// Whether this is the excuse of `grant`.
    #[must_use]
    pub fn excuses(&self, grant: &Access) -> bool {
        let fits = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        fits(self.account, &grant.account)
            && fits(self.resource, &grant.resource)
            && fits(self.verb, &grant.verb)
    }
}

/// Grants that the end-to-end run may leave unused.
pub const ALLOWED_UNUSED: &[Allowed] = &[Allowed {
    account: "patchbay-reconciler",
    resource: "events",
    verb: "patch",
    reason: "an event is patched only when the same one comes again within some minutes, which a short run may not see",
}];
