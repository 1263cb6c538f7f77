//! Names that Kubernetes or a file system must take.
