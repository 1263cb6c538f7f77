//! Admission: validates ConnectorClasses, Connectors and pod templates, and injects connection mounts into pods.
