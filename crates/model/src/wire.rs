//! Reading wire types from JSON, with a path and without the value where that fails.
