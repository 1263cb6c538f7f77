//! Config files, checked and compiled.

use crate::param::Params;

/// Config files that pods can mount together.
#[derive(Debug)]
pub struct Configuration {
    /// Its name.
    pub name: String,
    /// Its files, by name.
    pub files: Vec<ConfigFile>,
    /// Parameters that a pod may give.
    pub params: Params,
    /// The templates may read the credential.
    pub credentials: bool,
    /// Variables for the containers.
    pub env: Vec<EnvVar>,
}

/// One file.
#[derive(Debug)]
pub struct ConfigFile {
    /// Its name.
    pub name: String,
}

/// One variable.
#[derive(Debug)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
}
