//! French. It says *tu*; a narrow no-break space stands before `?`, `!` and `;`, a no-break space before `:`.

use super::Texts;
use crate::types::{error::ErrorCode, lang::Lang};

pub static FR: Texts = Texts {
    lang: Lang::Fr,
    product: "Marty’s Squad",

    outdated: "L’équipe a été mise à jour. Ton texte est gardé.",
    outdated_load: "Charger la nouvelle page",
    languages: "Langue",
    coaches: "Les coachs",
    not_found_title: "Rien à cette adresse.",
    not_found_text: "Il n’y a rien à cette adresse, ou ce n’est pas à toi.",
    home: "Accueil",
    skip: "Aller à la conversation",

    page_title: |title| format!("{title} · Marty’s Squad"),
    open_conversations: "Ouvrir les conversations",
    close_conversations: "Fermer les conversations",
    close: "Fermer",
    current_coach: |name, role| format!("{name} {role}. Choisir qui répond"),
    who_answers: "Qui répond\u{202f}?",
    best_after: |role, name| format!("{role}, mieux après {name}"),
    online: "en ligne",
    reconnecting: "reconnexion",
    offline: "hors ligne",
    menu: "Menu",
    theme: "Thème",
    theme_dark: "Sombre",
    theme_light: "Clair",
    switch_theme: "Passer du sombre au clair et retour",
    language: "Langue",
    language_name: "Français",
    chat_settings: "Réglages de la conversation",
    about_me: "Ce que l’équipe sait de moi",
    keyboard: "Clavier",
    palette: "Tout trouver",
    switch_language: "Switch to English",

    conversations: "Conversations",
    new_chat: "Nouvelle conversation",
    new_chat_keys: "Ctrl ⇧ O",
    pinned: "Épinglées",
    today: "Aujourd’hui",
    yesterday: "Hier",
    last_7_days: "7 derniers jours",
    last_30_days: "30 derniers jours",
    months: [
        "Janvier",
        "Février",
        "Mars",
        "Avril",
        "Mai",
        "Juin",
        "Juillet",
        "Août",
        "Septembre",
        "Octobre",
        "Novembre",
        "Décembre",
    ],
    no_conversations: "Tes conversations seront ici.",
    more_conversations: "Voir les plus anciennes",
    running: "réponse en cours",
    unread: "nouvelle réponse",
    conversation_actions: |title| format!("Actions pour «\u{a0}{title}\u{a0}»"),
    anonymous: "Toi",
    unarchive: "Désarchiver",
    archived: "Archivées",
    all_conversations: "Retour à toutes les conversations",
    is_archived: "Cette conversation est archivée.",
    no_archived: "Rien n’est archivé.",
    search: "Rechercher",
    search_field: "Chercher dans les titres et les messages",
    search_key: "/",
    clear_search: "Effacer la recherche",
    searching: "Recherche…",
    gone_title: "Cette conversation a été supprimée.",
    gone_text: "Elle l’a été dans un autre onglet. Annuler là-bas la ramène aussi ici.",
    not_kept_title: "Cette conversation n’est pas gardée sur cet appareil.",
    not_kept_text: "Elle s’ouvre dès que l’équipe est joignable. Ce que tu écris attend ici.",

    greeting: "Salut. Raconte.",
    greeting_named: |name| format!("Salut {name}. Raconte."),
    greeting_hint: "Écris, la bonne personne répond. Ou choisis.",
    continue_with: |name| format!("Continuer avec {name}"),
    continue_with_when: |name, when| format!("Continuer avec {name}, {when}"),

    thread: "Fil de la conversation",
    you: "Toi",
    older: "Messages précédents",
    latest: "Aller au dernier message",
    sending: "envoi",
    sent: "envoyé",
    waiting_network: "en attente d’envoi",
    waiting_answer: |name| format!("en attente, part quand {name} a fini"),
    thinking: |name| format!("{name} réfléchit…"),
    still_working: "Toujours au travail. Une longue réponse prend un moment.",
    answering: |name| format!("{name} répond."),
    answered: |name| format!("{name} a répondu\u{a0}:"),
    no_answer: "pas de réponse",
    copy: "Copier",
    copied: "Copié",
    copy_answer: "Copier la réponse",
    answer_actions: "Actions pour cette réponse",
    facts: "À propos de cette réponse",
    more_facts: "Voir tous les détails de cette réponse",
    demo_model: "équipe de démo",
    tokens: |input, output| format!("{input} → {output} jetons"),
    temperature_fact: |value| format!("température {value}"),
    words: |count| format!("{count} mots"),
    first_token: |seconds| format!("1er jeton {seconds}"),
    badge_cache: "Cache",
    badge_resumed: "Reprise",
    badge_stopped: "Arrêtée",

    regenerate: "Refaire la réponse",
    edit: "Modifier ton message",
    unfold: "Tout afficher",
    fold: "Réduire",
    cancel: "Annuler",
    versions: "Versions",
    version: |at, of| format!("Version {at} sur {of}."),
    version_before: "Version précédente",
    version_after: "Version suivante",
    helpful: "Bonne réponse",
    not_helpful: "Mauvaise réponse",
    comment_kept: "Enregistré",
    comment_edit: "Modifier ton avis",

    handoff: |from, to| format!("{from} passe la main à {to}"),
    handoff_because: |why| {
        if why.contains(' ') {
            "parce que tu as écrit\u{a0}: "
        } else if elides(why) {
            "parce que tu as parlé\u{a0}d’"
        } else {
            "parce que tu as parlé de "
        }
    },
    handoff_plain: "prend la suite",
    stay_with: |name| format!("Rester avec {name}"),

    failed_title: "La réponse n’est pas arrivée.",
    cut_title: "La réponse s’est arrêtée en route.",
    other_model: "Autre modèle",
    failed_kept: "Ton message est gardé.",
    cause,
    retry: "Réessayer",
    retry_when_back: "Réessayer au retour du réseau",
    waits_for_network: "Nouvel essai au retour du réseau.",
    not_sent: "Pas envoyé. Ton texte est toujours là.",

    demo: "Démo",
    demo_text: "Réponses inventées par le programme.",
    demo_how: "Comment\u{202f}?",
    demo_how_label: "Comment\u{202f}? Mettre une clé",
    demo_help_title: "De la démo à un vrai modèle",
    demo_help: "Donne une clé au programme, dans son environnement ou dans un fichier .env à côté de lui\u{a0}:",
    demo_help_then: "Puis relance-le. Tes conversations restent.",
    offline_title: "Hors ligne.",
    offline_text: "Tes messages partiront au retour du réseau.",
    offline_copy: |when| format!("Tu lis une copie ({when})."),
    offline_waiting: |count| match count {
        1 => "1 message partira au retour du réseau.".to_owned(),
        count => format!("{count} messages partiront au retour du réseau."),
    },

    write_to: |name| format!("Écris à {name}…"),
    message_field: "Ton message",
    left: |count| format!("reste {count}"),
    too_many: |count, most| format!("{count} en\u{a0}trop sur {most}"),
    send: "Envoyer",
    queue: "Envoyer après cette réponse",
    stop: "Arrêter la réponse",
    stopping: "Arrêt en cours",
    disclaimer: "Les coachs sont des IA. Ils peuvent se tromper.",
    hint_send: "envoyer",
    hint_new_line: "à la ligne",
    loading: "Chargement",
};

/// *de* loses its vowel before another one, and before a mute h.
fn elides(word: &str) -> bool {
    word.chars()
        .next()
        .is_some_and(|first| "aeiouyhàâéèêëîïôùûœæAEIOUYHÀÂÉÈÊËÎÏÔÙÛŒÆ".contains(first))
}

fn cause(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ProviderTimeout => "Le modèle n’a rien dit pendant 30 secondes.",
        ErrorCode::ProviderAuth => "Le fournisseur refuse la clé. La personne qui tient cette équipe peut la changer.",
        ErrorCode::ProviderRateLimited => "Le fournisseur ne prend plus de questions pour un moment.",
        ErrorCode::ProviderOverloaded => "Le modèle a trop à faire en ce moment.",
        ErrorCode::ProviderRefused => "Le modèle refuse de répondre à cela.",
        ErrorCode::ProviderInvalid => "Le fournisseur n’accepte pas la question.",
        ErrorCode::ProviderError => "Le fournisseur a échoué.",
        ErrorCode::Interrupted => "La réponse a été coupée trop souvent.",
        ErrorCode::RateLimited => "Ça fait beaucoup de messages en une heure. Attends un peu.",
        ErrorCode::Unavailable => "L’équipe est injoignable en ce moment.",
        ErrorCode::NotFound => "Cette conversation n’existe plus.",
        ErrorCode::TooLarge => "Le message est trop long.",
        ErrorCode::Unauthorized | ErrorCode::Forbidden => "Ce n’est pas permis ici.",
        ErrorCode::Conflict => "La conversation a changé entre-temps. Recharge la page.",
        ErrorCode::Invalid | ErrorCode::MethodNotAllowed | ErrorCode::UnsupportedMediaType => {
            "Le message n’a pas été accepté."
        }
        ErrorCode::Internal => "Quelque chose a cassé chez nous.",
    }
}
