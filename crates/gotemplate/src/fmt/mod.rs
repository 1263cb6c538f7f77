//! Values as text, as Go's `fmt` and `strconv` write them.
