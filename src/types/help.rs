//! Numbers to call for help. They stand in our own texts; no other number in an answer becomes something to press.

/// As they are dialled: suicide prevention lines of France, Belgium, Switzerland, Québec, the United States and Canada, the
/// United Kingdom and Ireland; then the emergency numbers of Europe, North America and the United Kingdom.
pub const HELP_LINES: [&str; 9] = [
    "3114",
    "080032123",
    "143",
    "18662773553",
    "988",
    "116123",
    "112",
    "911",
    "999",
];
