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
};
