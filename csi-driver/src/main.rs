//! The program. Everything else is in the library, so that tests reach it.

fn main() {}
