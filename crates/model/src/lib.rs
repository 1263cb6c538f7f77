//! Parse, don't validate: from wire types to checked domain types. The one place that says what is valid.
