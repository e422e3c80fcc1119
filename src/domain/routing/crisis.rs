//! Words of ending one's life, and the text that answers them first.
//!
//! Erring on the side of help: a phrase counts unless something beside it plainly says that it is a joke, a figure
//! of speech, a title or a lyric. To add a phrase, add a line to [`DANGER`]; to add a false alarm, one to
//! [`FIGURES`]. Both use the patterns of [`super::lexicon`]; the tests hold both sides.

use super::{
    lexicon::{Found, Lexicon},
    text::Token,
};
use crate::types::lang::Lang;

const DANGER: &[&str] = &[
    // French
    "me|m|se|te suicid*",
    "suicidaire*",
    "pens*|songe*|parl*|envie|envies|idee*|tentation|tentative .. suicid*",
    "envie|veux|veut|vais|voudrais|aimerais|pense|prefere|songe|failli .. me tue|tuer|tues|buter|flinguer|pendre|supprimer|noyer",
    "je me tue|bute|flingue|pends|suicide",
    "me pendre",
    "me|m foutre|fous|fout en l air",
    "veux|veut|envie|vais|voudrais|aimerais|pense|songe|besoin|mieux|hate|pret|prete en finir",
    "finir avec la|cette vie",
    "en finir",
    "mettre|mets|met|mis fin .. jours|vie",
    "mettre fin a tout",
    "que tout s arrete pour",
    "envie|envies|besoin|hate .. mourir|crever|disparaitre",
    "je .. veux|veut|voudrais|aimerais|prefere|prefererais .. mourir|crever",
    "je veux|veut|voudrais|aimerais|prefererais disparaitre",
    "veux|voudrais|aimerais|prefererais|prefere|envie|mieux .. etre mort|morte",
    "serai*|serait|suis|serais .. mieux|bien mort|morte",
    "mieux|heureux|heureuse|tranquille*|leger .. sans moi",
    "plus|pas|aucune|aucun|perdu|perds|perd .. envie|gout|force|raison|raisons|courage vivre|exister|respirer",
    "raison|raisons .. rester en vie",
    "veux|peux|voudrais|veut|envie plus|pas|pu vivre|exister",
    "veux|peux|voudrais|veut|envie|aimerais .. plus etre la|ici|vivant|vivante|vie|monde",
    "marre|assez|fatigue*|lasse|bol vivre|exister|vie",
    "marre|assez|fatigue*|lasse etre en vie|vivant|vivante",
    "vie|vivre .. vaut|merite|sert .. plus|pas|rien|peine",
    "vie .. plus|pas|aucun sens",
    "a quoi bon vivre|exister",
    "plus|pas rien a attendre .. vie",
    "peux plus .. vivre|vie",
    "jeter|balancer .. sous|pont|fenetre|toit|balcon|rails|metro .. train|metro|pont|rer|voiture|camion",
    "me jeter|balancer .. pont|fenetre|toit|balcon|rails|train|metro",
    "sauter .. pont|fenetre|toit|balcon|immeuble",
    "ouvrir|tailler|couper|trancher|entailler veines|poignets",
    "me|m tirer|coller|mettre|foutre|loger balle",
    "avaler|gober .. cachets|medocs|medicaments|pilules|somniferes|boite",
    "tous|toute .. cachets|medocs|medicaments|somniferes",
    "dormir|endormir|coucher|nuit|envie|veux|voudrais|aimerais|mieux .. plus|jamais|pas .. reveiller|reveille",
    "me|m faire|fais|fait mal|souffrir .. expres|volontairement|souvent",
    "me|m faire du mal",
    "me mutil*|scarifi*|taillad*",
    "automutil*|scarifi*",
    "lettre|mot|message d adieu|adieux",
    "adieu .. tous|tout|vie|cruel",
    "quitter ce|cette monde|vie|terre",
    "partir pour toujours|de bon",
    "arreter|cesser vivre|exister|respirer",
    "devrais|merite mourir|crever|mort",
    "manquerai*|manque .. a personne",
    "si je mourais|mourrais|disparaissais|mourait",
    "aurais|aurait|aimerais|voudrais|fallait|aurait .. jamais .. nee|naitre|exister",
    "retient .. en vie",
    "passer a l acte",
    "jour|soir|nuit derniere|dernier de ma vie",
    // English
    "kill|killing|killed|kil|kll|off|offing|end|ending|hang|hanging|drown|drowning|shoot|shooting|neck myself|mself|myslef|myelf|meself",
    "hurt|hurting|harm|harming|cut|cutting myself|mself",
    "kill|killing|end my self",
    "kms|ctb|unaliv*",
    "end|ending my life|lives",
    "take|taking|took my own life",
    "take|taking my life",
    "end|ending it all",
    "ending|end everything",
    "want|going|ready|think*|just end|ending it",
    "end it tonight|now|forever|soon|good",
    "suicidal*",
    "commit*|contemplat*|consider*|attempt*|thought*|think*|plan*|about|urge .. suicid*",
    "want|wanted|wanting|ready|deserve*|hope|hoping|prefer|need|like|wana|wan|wnt to die",
    "want|wana|wnt|wanna die|dead",
    "rather|hope i|just|be die|dead",
    "rather die|dead",
    "wish|hope i could|would|d|can die",
    "hope i die",
    "let me die",
    "feel like dying|ending",
    "want to be dead|gone",
    "wish|wished i was|were|am dead|gone|never",
    "better off dead|gone|without",
    "wish .. never .. born|existed|exist",
    "wish i wasn|weren|was|were t|not|nt alive|here|born",
    "better|happier|easier|fine .. without me",
    "better|happier|easier if i was|were|wasn|weren|died|disappeared",
    "no|any|lost|see|without|little|much|find|have .. reason|reasons|point|will|strength|purpose .. live|living|alive|exist",
    "don t|not|never want .. live|exist|alive|living|wake",
    "dont|not|no|longer|t want|wanna .. live|exist|alive|living|breathe|breathing",
    "don t|not want .. be here|around|breathing anymore|any|tomorrow",
    "no longer want|wish .. live|exist|here|alive",
    "don t feel like living|existing",
    "can t live|exist anymore|any|like",
    "can t go|keep on|living|existing living",
    "can t keep living|existing",
    "can t go on living",
    "tired|sick|done|exhausted of|with living|life|existing",
    "tired|sick|done of|with being alive|here",
    "life|living .. not|isn|ain|no|nothing|isnt .. worth",
    "not worth living",
    "the point .. being|of alive|living",
    "don|wouldn|won|didn t wake up",
    "wish|hope|pray .. not|never|wouldnt|wont|t wake|waking",
    "never|not wake|waking up",
    "jump|jumping|throw .. bridge|roof|building|train|balcony|window|cliff|rooftop",
    "slit|slitting|cut|cutting wrists|wrist",
    "self harm*|injur*",
    "selfharm*|overdos*",
    "all|bottle|handful|whole .. pills|meds|tablets",
    "swallow* .. pills|meds|tablets",
    "suicide|goodbye|farewell|bye note|letter",
    "want|wish|could|ready .. disappear|vanish",
    "disappear|vanish forever|permanently",
    "leave|leaving .. this world|earth|planet|life",
    "bullet|gun .. my head|mouth|temple",
    "nobody|noone|one .. would|d|will|ll miss me",
    "miss|care|notice|matter|cry if i died|die|disappeared|disappear|was|were|vanished",
    "goodbye forever|cruel",
    "be alive anymore|any|tomorrow",
    "last day|night alive|on earth",
    "suicide",
];

/// What makes a phrase of danger harmless when it lies over it.
const FIGURES: &[&str] = &[
    // French
    "mourir|mort|morte|morts|crever de|d rire|honte|faim|soif|froid|chaud|fatigue|trouille|peur|trac|stress|ennui|jalousie|envie|sommeil|curiosite|gene|chaleur|impatience",
    "mourir de rire",
    "tue|tuer|tues a|au|la|pour|en|sur tache|faire|travail|boulot|poster|preparer|ecrire|bosser|travailler|repeter|expliquer|monter|mixer|finir|essayer|chercher|sortir|comprendre|avancer|jouer|chanter|promouvoir|filmer|enregistrer|produire|composer|publier|dire|repondre|organiser|planifier",
    "ca|elle|il|qui|tu|cela|va|vont|peut|pourrait|risque|allait me|m tue|tuer|tues|tuera|achever",
    "finir avec|cet .. album|ep|single|mix|mixage|morceau*|titre*|clip|chanson*|projet|son|sons|track|doute*|trac|procrastination|plan|promo|tournage|master|texte*|couplet|refrain|demo|maquette|peur*|blocage*|planning|dossier|syndrome|perfectionnisme|sortie|reseaux|contrat|label|groupe|montage|stress|complexe*|comparaison*|habitude*|probleme*|histoire|critiques|bio|visuel*|pochette|page|timidite|angoisse*|prise|enregistrement",
    "finir cet|cette|ce|le|la|mon|ma|mes album|ep|single|mix|morceau*|titre*|clip|chanson*|projet",
    "pas|jamais .. mourir|crever avant|sans|con|inconnu|idiot|anonyme",
    "veux|envie pas .. mourir|crever|suicid*",
    "suis|jamais|ni pas|plus|jamais suicidaire*",
    "pas suicidaire*",
    "vivre de|d|la|ma|mon|mes|notre|cette|l musique|art|passion|chansons|sons|metier|projet|concerts|rap|reve*|streams|cachets",
    "vivre de|d|ca|cette|ici|chez|a|en .. musique|art|passion|chansons|experience*|parents|paris|lyon|ville|campagne|coloc|ville|ca",
    "vivre sans musique|chanter|jouer|ecrire|composer|scene|guitare|elle",
    "plutot|prefere|prefererais .. mourir|crever que|plutot",
    "mourir|crever que .. poster|tiktok|danser|insta|instagram|publier|faire",
    "mourir|crever sur scene",
    "mourir heureux|heureuse|tranquille*",
    "disparaitre de|des|du|d|sur|derriere|un|quelques|dans .. reseaux|insta|instagram|tiktok|spotify|radars|internet|fil|feed|algorithme|scene|temps|jours|semaine*|mois|voix|mix|personnage|musique|masque|decor|playlist*|plateformes",
    "suicid* commercial*|artistique*|squad|silence|social|ma|mon|boys|boyz",
    "suicide .. carriere|projet|marketing|squad",
    "jeter|balancer .. eau|vide|bain|aventure|arene|foule|grand",
    "mettre fin .. contrat|collaboration|groupe|collab|projet|abonnement|label",
    "mieux .. sans moi .. morceau|titre|feat|refrain",
    "passer a l acte .. poster|sortir|publier|enregistrer",
    "adieu tout|tous .. concert|tournee|album",
    "marre|assez|fatigue*|lasse .. vie de musicien|artiste|intermittent|bureau|tournee|chateau",
    "faire|fais du mal en|a",
    "sauter .. chanson|morceau|titre|refrain|couplet",
    "ce|cette|la|le fin de vie",
    // English
    "die|dying|died|dead|drop of|from|laughing|laughter|embarrassment|shame|boredom|cringe|hunger|heat|curiosity|nerves|inside",
    "die|dying of|from",
    "die happy|laughing|inside|hard|trying|young|famous|unknown|on|with|without|before|until|for|a|for|as",
    "rather|sooner die|dead than",
    "kill|killing|killed|hurt|hurting myself over|trying|for|with|working|to|at|on|posting|here|laughing|by|doing|making|mixing|editing|promoting|rehearsing|practicing|practising",
    "end|ending it with|on|by|here|after|there|in|at|like|early|before|abruptly",
    "end|ending it all|everything with|on|by|in",
    "not|isn|never|t|no suicidal*",
    "don t|not want to die",
    "career|commercial|social|artistic|marketing suicide",
    "suicide squad|silence|boys|boyz|girls|doors",
    "suicideboy*",
    "overdos* of|on|with .. content|music|coffee|reverb|autotune|caffeine|tiktok|instagram|social|effects|vocals|media|delay|compression|hashtags|ads|bass",
    "jump|jumping off|from|to|into|through .. song|track|idea|trend|chorus|verse|point|bandwagon|train trend|bandwagon|hype",
    "jump|jumping on|aboard .. train|bandwagon",
    "cut|cutting|hurt|burn myself out|playing|lifting|short|some|off|screaming|shaving|slack",
    "hang|hanging|drown|drowning myself in|up|out|with",
    "live|living in|off|from|there|by|without|on|streaming|up|through",
    "live|living|alive|life with|for|as|on my|our|music|the|stage|road|a|tour",
    "tired|sick|done .. life on|as|in",
    "reason|point|will to live mixing|editing|trying|with|while|after .. this|mix|song|track|reels",
    "disappear|vanish from|off|after|on|into|behind|in|for .. instagram|tiktok|social|socials|feed|internet|spotify|week|while|playlist*|charts|algorithm|stage|reverb|mix|month|days|weeks|role|character|sound|crowd",
    "disappear|vanish .. while|week|month|bit|weeks|days",
    "my life story|experience*|back|seriously|lessons|easier",
    "wake|waking up early|at|before|to|on",
    "song|track|mix|version|chorus|recording .. better .. without me",
    "leave|leaving this planet|life .. song|track|record",
    "want .. wake up early|at|before",
    "could|so|nearly|almost die|died",
    "all .. pills .. song|album",
    "wish i was|were gone for|to",
    "you|it|they|she|he|that|this re|s|is|are killing me",
];

/// Announces the words of a work when it stands somewhere and the phrase is in quotation marks.
const WORK: &[&str] = &[
    "called|titled|named|entitled|says|say|goes|reads|lyric*|parole*|title|titre|titres|appelle|appele|appelee|intitule|intitulee",
    "single|album|ep|morceau*|chanson*|song*|track*|tube|clip|refrain|couplet|punchline*|chorus|verse|hook|bridge|texte*|rime*",
    "cover|reprise|film|movie|serie|groupe|band|personnage|character|playlist*|line|phrase",
];
/// Announces them without quotation marks when it stands right before.
const WORK_BEFORE: &[&str] = &[
    "called|titled|named|entitled|intitule|intitulee|nomme|nommee",
    "s appelle|appelait|appellera",
    "title|titre|refrain|couplet|chorus|hook|verse|lyric*|line|parole*|punchline is|est|says|say|goes|dit|disent|qui|that",
    "title|titre|lyric*|lyrics|parole*",
    "song|songs|track|album|ep|single|verse|lyrics|video|concept|chorus|poem|writing|write|wrote about|on|around",
    "song|songs|track|album|ep|single|verse|lyrics|video|concept|project|record .. about|deals|talks",
    "chanson*|morceau*|titre|texte*|son|album|clip|ep|single|refrain|couplet|ecris|ecrit|ecrire sur|autour|contre|parle|parlent|raconte|evoque|dit|dis",
    "chanson*|morceau*|song|track|character|personnage|narrator|narrateur|heros qui|who|that|where|ou|veut|wants|dit|says",
    "movie|film|serie|band|groupe|cover|reprise|chante|chantes|sing|sings|singing",
];
/// How many words before the phrase a title may be announced.
const NEAR: usize = 4;

pub(super) struct Crisis {
    danger: Lexicon,
    figures: Lexicon,
    work: Lexicon,
    work_before: Lexicon,
}

fn lexicon(patterns: &[&str]) -> Lexicon {
    let mut lexicon = Lexicon::default();
    for pattern in patterns {
        lexicon.add(pattern, 0, 1.0);
    }
    lexicon
}

impl Crisis {
    pub fn new() -> Self {
        Self {
            danger: lexicon(DANGER),
            figures: lexicon(FIGURES),
            work: lexicon(WORK),
            work_before: lexicon(WORK_BEFORE),
        }
    }

    /// The phrase that says a life may be in danger.
    pub fn find(&self, original: &str, tokens: &[Token]) -> Option<Found> {
        let danger = self.danger.find(tokens);
        if danger.is_empty() {
            return (tokens.len() <= 2 && tokens.iter().any(|t| t.text == "suicide")).then(|| whole(tokens));
        }
        let figures = self.figures.find(tokens);
        danger.into_iter().find(|found| {
            let covered = figures
                .iter()
                .any(|figure| figure.start < found.end && found.start < figure.end);
            !covered && !self.is_a_work(original, tokens, found)
        })
    }

    /// The tokens that are no words of a title: all but those in quotation marks, in a message that speaks of a work.
    pub fn outside_titles(&self, original: &str, tokens: &[Token]) -> Vec<Token> {
        if !original.contains(QUOTES) || self.work.find(tokens).is_empty() {
            return tokens.to_vec();
        }
        let (mut inside, mut from) = (false, 0);
        let outside = tokens.iter().filter(|token| {
            inside ^= original[from..token.start.max(from)].matches(QUOTES).count() % 2 == 1;
            from = token.start.max(from);
            !inside
        });
        outside.cloned().collect()
    }

    fn is_a_work(&self, original: &str, tokens: &[Token], found: &Found) -> bool {
        // "chanson sur", "refrain qui dit": the announcement must end close to the phrase, or in its first words.
        let before = &tokens[found.start.saturating_sub(NEAR + 3)..found.end.min(found.start + 2)];
        let near = self
            .work_before
            .find(before)
            .iter()
            .any(|work| work.end + NEAR > before.len());
        near || (in_quotes(original, tokens[found.start].start) && !self.work.find(tokens).is_empty())
    }
}

fn whole(tokens: &[Token]) -> Found {
    Found {
        tag: 0,
        pattern: 0,
        start: 0,
        end: tokens.len(),
        weight: 1.0,
    }
}

const QUOTES: [char; 5] = ['"', '«', '»', '“', '”'];

/// Whether an odd number of quotation marks stands before this byte.
fn in_quotes(original: &str, at: usize) -> bool {
    original[..at].matches(QUOTES).count() % 2 == 1
}

const HELP_FR: &str = "\
Merci de me l'avoir écrit. Ce que tu vis compte, et tu n'as pas à le porter seul·e.

**Parle à quelqu'un maintenant**, à toute heure :

- France : **3114**
- Belgique : **0800 32 123**
- Suisse : **143**
- Québec : **1 866 277 3553** · Canada : **988**
- Danger immédiat : **112** en Europe, **911** en Amérique du Nord

Si tu peux, éloigne-toi de ce qui pourrait te blesser et rejoins une personne de confiance, ou appelle-la. \
Je suis une IA, je ne remplace pas une vraie voix. Je reste là pour t'écouter.";

const HELP_EN: &str = "\
Thank you for writing this to me. What you are going through matters, and you don't have to carry it alone.

**Talk to someone now**, at any hour:

- United States and Canada: **988**
- United Kingdom and Ireland: **116 123**
- Immediate danger: **911** in North America, **999** in the UK, **112** in the EU
- France **3114** · Belgium **0800 32 123** · Switzerland **143** · Québec **1 866 277 3553**

If you can, move away from anything that could hurt you, and go to someone you trust, or call them. \
I am an AI and no substitute for a human voice. I am here to listen.";

/// Real help, in our own words, before any model is asked. Markdown; both languages when the language is unknown.
pub fn crisis_text(lang: Option<Lang>) -> String {
    match lang {
        Some(Lang::Fr) => HELP_FR.into(),
        Some(Lang::En) => HELP_EN.into(),
        None => format!("{HELP_FR}\n\n---\n\n{HELP_EN}"),
    }
}
