//! Writing a value into a format so that it cannot break out of its place.
