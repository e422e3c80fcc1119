//! French, with *tu*. Short, plain; what is safe, then what to do.

use super::sheets::SheetTexts;

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
    key_palette: "Tout",

    palette_field: "Conversations, coachs et actions",
    palette_recent: "Récentes",
    palette_coaches: "Coachs",
    palette_actions: "Actions",
    palette_move: "choisir",
    palette_open: "ouvrir",
    palette_close: "fermer",
    palette_results: |count| match count {
        1 => "1 résultat".to_owned(),
        count => format!("{count} résultats"),
    },
    palette_offline: "Hors ligne. Seuls les titres de cette page ont été cherchés.",
    action_dark: "Thème sombre",
    action_light: "Thème clair",
    action_archive: "Archiver cette conversation",
    action_unarchive: "Désarchiver cette conversation",
    action_archived: "Conversations archivées",
    action_export: "Exporter cette conversation",
};
