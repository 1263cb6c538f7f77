//! `toYaml` and `fromYaml` beside Go's `sigs.k8s.io/yaml`, which is what Helm uses.
