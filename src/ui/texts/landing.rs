//! The words of the landing page and of the document's head, in both languages. The program alone draws them.

use crate::types::lang::Lang;

pub struct LandingTexts {
    pub songs: &'static str,
    pub squad: &'static str,
    pub lead: &'static str,
    pub note: &'static str,
    pub description: &'static str,
    /// After everything of an artist was deleted.
    pub erased: &'static str,
}

pub const fn landing_texts(lang: Lang) -> &'static LandingTexts {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const EN: LandingTexts = LandingTexts {
    songs: "You have the songs.",
    squad: "Here’s the squad.",
    lead: "Six AI coaches for independent musicians: identity, fans, streaming, releases, nerves. They ask before they advise, and remember where you left off.",
    note: "No account needed. You can leave with everything you wrote.",
    description: "Six AI coaches for independent musicians.",
    erased: "Everything of yours is deleted. Nothing is left here.",
};

const FR: LandingTexts = LandingTexts {
    songs: "Tu as les chansons.",
    squad: "Voici l’équipe.",
    lead: "Six coachs IA pour artistes indépendants\u{a0}: identité, fans, streaming, sorties, trac. Ils questionnent avant de conseiller, et se souviennent.",
    note: "Sans compte. Tu peux repartir avec tout ce que tu as écrit.",
    description: "Six coachs IA pour artistes indépendants.",
    erased: "Tout ce qui était à toi est supprimé. Il ne reste rien ici.",
};
