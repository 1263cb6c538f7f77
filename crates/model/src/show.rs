//! How values appear in messages: shortened, with their type, and without passwords.
