//! What the escaping helpers write, read back by the tools and libraries that read such files in earnest.
//!
//! Each value is put into a file as people have it, with another entry after it. Either every reader gives both back
//! as they were, or the helper refuses the value. Readers are started once for all values.

mod documents;
mod logins;
mod pages;
mod readers;
mod settings;
mod values;
mod words;
mod yaml;
