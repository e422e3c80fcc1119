//! What the squad knows of an artist: what she wrote herself, and nothing else.

use serde::{Deserialize, Serialize};

/// A link with this address opens the sheet of what the squad knows of the artist, filled in with what stands behind it, like
/// `/chat#about?artist_name=Nova&identity_defined=true`. Nothing is kept before she saves it.
pub const ABOUT: &str = "/chat#about?";

/// The sheet as it is edited; an empty text is "not told".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    #[serde(default)]
    pub artist_name: String,
    #[serde(default)]
    pub music_style: String,
    /// A link to Spotify.
    #[serde(default)]
    pub spotify_url: String,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    pub release_date: String,
    #[serde(default)]
    pub identity_defined: bool,
    #[serde(default)]
    pub fan_base_started: bool,
}
