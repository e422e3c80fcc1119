//! French, with *tu*. Short, plain; what is safe, then what to do.

use super::{format::short, sheets::SheetTexts};
use crate::types::lang::Lang;

pub static FR: SheetTexts = SheetTexts {
    shortcuts: "Clavier",
    shortcuts_write: "Écrire",
    shortcuts_move: "Se déplacer",
    key_send: "Envoyer",
    key_new_line: "Aller à la ligne",
    key_stop: "Arrêter la réponse",
    key_edit: "Modifier la dernière question",
    key_new_chat: "Nouvelle conversation",
    key_search: "Chercher dans les conversations",
    key_this_list: "Cette liste",

    sheet_offline: "Tu es hors ligne. La suite vient avec le réseau.",
    refused: "Le squad ne prend pas cela.",

    provider: "Fournisseur",
    automatic_provider: |name| format!("Automatique ({name})"),
    model: "Modèle",
    find_model: "Chercher un modèle",
    automatic: "Automatique",
    automatic_model: |model| format!("Le squad choisit\u{a0}: {model}"),
    price: |input, output| format!("{input} / {output} le million de jetons"),
    price_unknown: "prix inconnu",
    free: "gratuit",
    context: |tokens| format!("contexte {}", short(Lang::Fr, tokens)),
    temperature: "Température",
    temperature_none: "Ce modèle la règle lui-même.",
    precise: "précis",
    playful: "joueur",
    settings_kept: "Gardé avec cette conversation, et nommé sous chaque réponse.",
    not_changed: |why| format!("Rien n’a changé. {why}"),
    settings_demo: "C’est le squad démo qui répond, il n’y a donc rien à choisir. Avec une clé, les modèles et leurs prix seront ici.",

    about_lead: "Les coachs savent cela et ce que tu leur écris. Rien d’autre, et rien n’est deviné.",
    name: "Nom d’artiste",
    style: "Style musical",
    style_example: "Dream pop, un peu de folk",
    spotify: "Lien Spotify",
    release_date: "Date de sortie",
    release_date_hint: "De ton prochain single, EP ou album.",
    about_done: "Où tu en es",
    identity_defined: "Mon identité artistique est définie",
    fan_base_started: "J’ai commencé à réunir des fans",
    save: "Enregistrer",
    saved: "Enregistré",
    not_saved: |why| format!("Pas enregistré. {why}"),
    wrong,
    not_a_day: "Il manque le jour, le mois ou l’année.",
    own_data: "Tes données",
    own_data_text: "Tout ce que tu as écrit est à toi\u{a0}: emporte-le, ou efface-le.",
    export_all: "Tout exporter",
    erase_all: "Tout effacer",

    erase_title: "Tout effacer\u{a0}?",
    erase_lead: "Voici ce qui disparaît, ici et sur le serveur\u{a0}:",
    erase_conversations: "toutes tes conversations, questions et réponses",
    erase_profile: "ce que le squad sait de toi",
    erase_session: "tes brouillons, et l’accès de ce navigateur",
    erase_no_way_back: "Il n’y a pas de retour possible.",
    erase_type: "Écris «\u{a0}effacer\u{a0}» pour confirmer",
    erase_word: "effacer",
    erase_wrong: "Ce n’est pas le bon mot. Rien n’a été effacé.",
    not_erased: |why| format!("Rien n’a été effacé. {why}"),
};

fn wrong(field: &str) -> &'static str {
    match field {
        "spotify_url" => "Ce n’est pas un lien Spotify. Copie-le avec Partager, Copier le lien.",
        "release_date" => "Ce jour n’existe pas.",
        _ => "120 caractères au plus.",
    }
}
