//! What an artist told the squad about herself.

use super::{Result, Tx};

/// The only source of a prompt's facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArtistFacts {
    pub artist_name: Option<String>,
    pub music_style: Option<String>,
    pub spotify_url: Option<String>,
    pub release_date: Option<time::Date>,
    pub stage: Option<String>,
    pub identity_defined: bool,
    pub fan_base_started: bool,
}

impl Tx {
    pub async fn artist_facts(&mut self) -> Result<Option<ArtistFacts>> {
        let user = self.user().0;
        sqlx::query_as!(
            ArtistFacts,
            "select artist_name, music_style, spotify_url, release_date, stage, identity_defined, fan_base_started
             from profiles where user_id = $1",
            user
        )
        .fetch_optional(self.connection())
        .await
    }

    /// Replaces all facts but the stage.
    pub async fn save_artist_facts(&mut self, facts: &ArtistFacts) -> Result<()> {
        let user = self.user().0;
        sqlx::query!(
            "insert into profiles (user_id, artist_name, music_style, spotify_url, release_date, identity_defined, fan_base_started)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (user_id) do update set artist_name = $2, music_style = $3, spotify_url = $4, release_date = $5,
               identity_defined = $6, fan_base_started = $7",
            user,
            facts.artist_name.as_deref(),
            facts.music_style.as_deref(),
            facts.spotify_url.as_deref(),
            facts.release_date,
            facts.identity_defined,
            facts.fan_base_started
        )
        .execute(self.connection())
        .await
        .map(drop)
    }
}
