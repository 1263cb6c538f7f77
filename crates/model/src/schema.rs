//! JSON Schemas (2020-12), bounded and without references to other documents.
