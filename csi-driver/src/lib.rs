//! CSI node plugin: mounts rendered config files into pods and keeps them fresh.
