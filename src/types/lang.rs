//! The two languages the squad speaks.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Fr,
    En,
}

impl Lang {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The language whose code starts this tag (`fr`, `fr-CA`, `en-GB`), if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        if primary.eq_ignore_ascii_case("fr") {
            Some(Self::Fr)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    pub const fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }
}

/// One text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bilingual {
    pub fr: String,
    pub en: String,
}

impl Bilingual {
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }
}

/// Readers of English with this language tag (`en-GB`) count twelve hours twice a day, as the time data of Unicode's CLDR
/// have it; in French the clock has 24.
pub fn twelve_hours(tag: &str) -> bool {
    const REGIONS: [&str; 12] = ["AU", "BD", "CA", "HK", "IN", "JM", "MY", "NZ", "PH", "PK", "SG", "US"];
    let region = tag.trim().split('-').nth(1);
    region.is_none_or(|region| REGIONS.iter().any(|known| region.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_tells_the_clock() {
        for (tag, twelve) in [
            ("en-US", true),
            ("en", true),
            ("", true),
            ("en-GB", false),
            (" en-gb", false),
            ("en-IE", false),
            ("en-au", true),
        ] {
            assert_eq!(twelve_hours(tag), twelve, "{tag}");
        }
    }
}
