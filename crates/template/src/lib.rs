//! Templates of Patchbay: the two data dialects, limits, redaction and static checks.
