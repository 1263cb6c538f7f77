//! One kind of access to the API: what is granted, or what was asked for.

use std::fmt;

/// A verb on a resource for a service account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// The service account.
    pub account: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource, with its subresource: `connectors/status`.
    pub resource: String,
    /// The verb, as RBAC spells it.
    pub verb: String,
    /// The namespace; none for all of them.
    pub namespace: Option<String>,
    /// The one object; none for all of them.
    pub name: Option<String>,
}

impl Access {
    /// Whether this, as a grant, lets `asked` through.
    #[must_use]
    pub fn covers(&self, asked: &Self) -> bool {
        self.account == asked.account
            && self.group == asked.group
            && self.resource == asked.resource
            && self.verb == asked.verb
            && (self.namespace.is_none() || self.namespace == asked.namespace)
            && (self.name.is_none() || self.name == asked.name)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            account,
            group,
            resource,
            verb,
            namespace,
            name,
        } = self;
        write!(f, "{account}: {verb} {resource}")?;
        if !group.is_empty() {
            write!(f, ".{group}")?;
        }
        if let Some(name) = name {
            write!(f, " \"{name}\"")?;
        }
        match namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => f.write_str(" in all namespaces"),
        }
    }
}
