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
    "me|m suicider|suicide|suicid*",
    "je .. suicid*",
    "suicidaire*",
    "pens*|pense|penser|songe*|parle*|envie|idee|idees|pensee|pensees .. suicid*",
    "tentative|tente .. suicide",
    "me tuer|tue|tues|tuerai|tuerais",
    "veux|envie|vais|voudrais|aimerais|pense|preferer* .. me tuer|tue|buter|flinguer|pendre|supprimer|noyer",
    "foutre|fous|foutrais en l air",
    "en finir",
    "finir avec la vie",
    "mettre|mets|met fin a mes|ma|tout jours|vie|ca",
    "fin a mes jours",
    "fin a ma vie",
    "envie|envies|besoin|hate de mourir|crever|disparaitre",
    "veux|voudrais|aimerais|prefere|preferais|prefererais|veut mourir|crever|disparaitre|partir pour toujours",
    "je .. mieux mort|morte",
    "mieux|heureux|tranquilles sans moi",
    "serai|serais|etre|etait|suis mieux|bien mort|morte",
    "aimerais|voudrais|veux|aurais etre|ete mort|morte|jamais nee|ne",
    "etre mort|morte",
    "etre jamais ne|nee",
    "plus|pas|aucune envie|force|gout|raison|raisons|courage de|d vivre|exister|etre en vie",
    "raison|raisons de vivre|rester en vie",
    "ne|veux|peux plus|pas vivre",
    "marre|assez|fatigue|fatiguee|lasse|ras le bol de|d vivre|la vie|exister|etre en vie",
    "peux plus de vivre|la vie|cette vie",
    "vie|vivre .. vaut|merite|sert .. plus|pas|rien|peine",
    "me pendre",
    "me jeter|balancer sous|par|du|d|dans|en",
    "sauter du|d pont|toit|fenetre",
    "sauter d un pont|toit",
    "ouvrir|tailler|couper|trancher les veines",
    "tirer|coller une balle",
    "avaler|prendre|gober .. cachets|medocs|medicaments|pilules .. finir|tous|tout|mourir",
    "dormir et|pour plus|jamais .. reveiller",
    "plus|jamais|pas me reveiller",
    "me faire du mal|souffrir",
    "me mutile*|scarifie*|taillade*",
    "automutil*",
    "lettre d adieu",
    "adieu a tous|tout le monde|la vie",
    "quitter ce monde",
    "monde sans moi",
    "plus etre la|ici|vivant|vivante",
    "plus exister",
    "me buter",
    "me flinguer",
    "me foutre une balle",
    "va finir ce soir ma vie",
    "je devrais|merite|merites mourir|crever|etre mort",
    "vie n a plus|pas|aucun .. sens",
    "tout le monde .. mieux sans moi",
    "manquerai|manquerais a personne",
    // English
    "kill|killing|kil|kll|off|offing|end|ending|hang|hanging|drown|drowning|shoot|shooting myself|my self|mself|myslef",
    "killing|kill my self",
    "unalive*",
    "kms",
    "end|ending|take|taking|took my own|life|lives",
    "end|ending my life",
    "take|taking my own life",
    "end|ending it all|tonight|now|for good",
    "end|ending it",
    "suicidal",
    "commit|committing|contemplat*|consider*|attempt*|thought|thoughts|think|thinking|plan|planning|about .. suicide",
    "want|wish|ready|going|rather|better|like|hope|deserve|wanted|wanting|could .. die",
    "want|need to be|b dead|gone",
    "wish|wished i was|were|am dead|gone|never born",
    "wish i had|d never been born",
    "wish i wasn|weren t alive|here|born",
    "better off dead|without me|if i",
    "happier|better if i was|were|wasn|weren|died",
    "better without me",
    "rather|better be dead|off dead",
    "no|any|a|see|find reason|reasons|point|will to|in live|living|be alive|being alive|go on living",
    "don|dont|can|no longer|not|doesn t|want|wanna to|going|keep .. live|living|exist|existing|alive anymore|any|this|like|any more",
    "don|not t|want want|to to|be live|exist|be alive|be here anymore",
    "don t want to live|exist",
    "don t want to be alive",
    "don t want to be here|around anymore|any",
    "not want to live|exist|be alive",
    "don t feel like living|existing",
    "no longer want to live|exist|be here|be alive",
    "tired|sick|done of|with living|being alive|life|existing",
    "life .. not|isn|aint|ain t|worth worth|living living|it",
    "life isn t worth",
    "not worth living",
    "can t go on living|anymore|like",
    "can t keep living|going on living",
    "never|not wake|waking up",
    "not wake up",
    "hang|hanging myself",
    "jump|jumping off|from|in .. bridge|roof|building|train|balcony",
    "cut|cutting|slit|slitting my|wrists wrists|myself",
    "slit my wrists",
    "cut|cutting|hurt|hurting|harm|harming myself",
    "self harm*",
    "overdose|overdosing",
    "all|bottle the|of|my pills",
    "swallow|take|taking .. pills .. die|end|over|sleep",
    "suicide|goodbye note|letter",
    "goodbye forever|cruel|everyone",
    "disappear|vanish|gone forever",
    "want to disappear|vanish",
    "sleep .. never|not wake",
    "leave|leaving this world",
    "world .. without me|better",
    "put .. bullet|gun .. my|head",
    "nobody|no one would|d|will miss|care if .. i|me|died|gone",
    "ctb",
];

/// What makes a phrase of danger harmless when it lies over it.
const FIGURES: &[&str] = &[
    // French
    "mourir|mort|morte|morts|crever de rire|honte|faim|soif|froid|chaud|fatigue|trouille|peur|trac|stress|ennui|jalousie|envie|sommeil|curiosite",
    "envie|veux .. mourir de rire|honte|faim|soif|froid|chaud|fatigue|trouille|peur|trac|stress|ennui|jalousie|gene|chaleur",
    "me tue|tuer|tues a|au|la la|tache|faire|travail|boulot|poster|preparer|ecrire|bosser|travailler|repeter|expliquer|monter|mixer|finir|essayer|chercher|sortir|comprendre|avancer|jouer|chanter|promouvoir|filmer",
    "ca|elle|il|qui|tu|cela me|m tue|tuer",
    "va|vont|peut|risque me tuer",
    "en finir avec|cet|le|la|les|mon|ma|ce|cette|mes .. album|ep|single|mix|mixage|morceau|titre|chanson|clip|projet|son|track|doute|doutes|trac|procrastination|plan|promo|tournage|master|texte|couplet|refrain|demo|maquette|peur|blocage|planning|dossier|syndrome|perfectionnisme",
    "finir avec mon|cet|le|la .. album|ep|single|mix|morceau|titre|clip|projet|plan|texte|doute",
    "veux pas mourir|crever",
    "envie pas de mourir",
    "pas|plus suicidaire*",
    "vivre de ma|la|mon|mes|notre|cette|mes musique|art|passion|chansons|sons|metier|projet|concerts",
    "vivre de la musique",
    "plutot|prefere|prefererais mourir|crever que|plutot",
    "mourir sur scene",
    "mourir de|d honte",
    "mourir avant d avoir|sortir",
    "mourir heureux|heureuse|tranquille|apres ce|apres cet",
    "disparaitre des|de|du|sur reseaux|insta|instagram|tiktok|spotify|radars|internet|fil|feed|algorithme|scene|derriere",
    "me suicid* commercialement|socialement",
    "suicide commercial|artistique|squad|silence",
    "suicider ma carriere|mon|ma",
    "me jeter a l eau|dans le grand|dans le vide|dans l|sur",
    "me jeter dans .. projet|musique|bain|aventure|album|arene",
    "dans le bain",
    "prendre des pilules",
    "mettre fin a|au mon|ma|mes|ce|cette contrat|collaboration|groupe|collab",
    "fin a ca",
    "mieux sans moi sur .. morceau|titre|feat|son",
    "veux partir",
    "une vie sans moi",
    // English
    "die|dying|died|dead|die of|from|laughing|laughter|embarrassment|shame|boredom|cringe|hunger|heat|curiosity|nerves",
    "want|could|going|rather|wanna .. die of|from|laughing|embarrassment|shame|happy|inside",
    "die of|from embarrassment|shame|boredom|cringe|laughter|laughing|nerves|hunger|stage",
    "die happy|laughing|inside",
    "rather|sooner die than",
    "die on stage|that hill|the hill",
    "die trying",
    "die with|without my|a|releasing|having|ever",
    "die before|until|hard|for",
    "like|lika to|song|songs|band|reel|post .. die",
    "to die for",
    "songs|posts|reels|streams|views|numbers|it|they|song|trend|trends .. die",
    "let it|them|this|the .. die",
    "like .. are|is|was|were|gonna|going .. die",
    "could .. die",
    "am|m|been|was|re|is|keep|are killing myself over|trying|for|with|working|to|at|on|posting|here",
    "kill|killing myself over|trying|with|for|posting|to",
    "end|ending it with|on|by|here|after|there",
    "end|ending it all with|on",
    "want to end it with|on|here",
    "not|isn t|never suicidal",
    "don t want to die",
    "not want to die",
    "career suicide",
    "commercial suicide",
    "suicide squad|silence|boys|boyz|girls",
    "suicideboy*",
    "overdose|overdosing of|on .. content|music|coffee|reverb|autotune|caffeine|tiktok|instagram|social|effects|vocals|media",
    "jump|jumping off|from .. song|track|idea|trend|chorus|verse|point",
    "hurt|hurting|harm|end|hanging myself by|with posting|releasing",
    "no|any point to|in living in",
    "better without me on|singing|in",
    "drown|drowning|end|ending myself in|up",
    "disappear|vanish|gone from|off|for|after|on .. instagram|tiktok|social|socials|feed|internet|spotify|week|while|playlist|playlists|charts|algorithm|stage|reverb|mix",
    "gone forever is",
    "take my life story|experience|experiences|lessons",
    "take my own .. photos|videos|pictures|clips|shots|time|beats|samples|reels|path|advice",
    "take my own photos|videos|pictures|time|path|beats|reels|advice",
    "my own",
    "take|took my lives",
    "cut|cutting my verse|vocals|hair|losses|video|track|songs|wrists out",
    "off myself|my",
    "keep|going .. live",
    "living off|from|with|in|by|on my|music",
    "can t live like this without|live",
    "live|living without music|singing|my|it",
    "don t want to be here .. marty|luke|peter|riplay|april|clarice",
    "could die",
    "all my .. songs|streams|videos",
    "goodbye everyone|letter|note .. song|track|lyrics|title|ep|album",
    "world tour|music|album .. better",
];

/// Right before the phrase (or anywhere, when the phrase stands in quotation marks): it is a work's words.
const WORK: &[&str] = &[
    "called|titled|named|entitled",
    "s appelle|appelait|intitule|intitulee|appelle",
    "appele|appelee",
    "titre|title|single|album|ep|morceau|chanson|song|track|tube|clip",
    "lyric*",
    "parole*",
    "refrain|couplet|pont|punchline|chorus|verse|hook|bridge|texte|rime",
    "cover|reprise",
    "film|movie|serie|groupe|band|personnage|character",
];
/// The same, but strong enough without quotation marks when it stands right before.
const WORK_BEFORE: &[&str] = &[
    "called|titled|named|entitled",
    "s appelle|appelait|appellera|intitule|intitulee|nomme|nommee",
    "title|titre is|est|:|c est",
    "intitule|intitulee",
    "lyric*|chorus|verse|hook|bridge|line is|say|says|goes|said|go|that|about|saying|with",
    "lyric*",
    "refrain|couplet|texte|paroles|pont|punchline|chanson|morceau|titre|son dit|disent|dis|c est|raconte|parle|parlent|evoque|qui|ou",
    "song|track|album|ep|single|verse|lyrics|video|concept about|on|around|where|called|titled|of",
    "chanson|morceau|titre|texte|son|album|clip|ep|single sur|autour|du|contre|de",
    "write|wrote|writing|ecris|ecrit|ecrire .. about|sur|on",
    "character|narrator|personnage|narrateur|heros .. want*|wish*|veut|dit|say*",
    "movie|film|serie|band|groupe|cover|reprise|titled|feat|by",
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

    fn is_a_work(&self, original: &str, tokens: &[Token], found: &Found) -> bool {
        let before = &tokens[found.start.saturating_sub(NEAR + 3)..found.start];
        // "chanson sur", "refrain qui dit": the announcement must end close to the phrase.
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

/// Whether an odd number of quotation marks stands before this byte.
fn in_quotes(original: &str, at: usize) -> bool {
    let marks = |c: &char| matches!(c, '"' | '«' | '»' | '“' | '”');
    original[..at].chars().filter(marks).count() % 2 == 1
}

const HELP_FR: &str = "\
Merci de me l'avoir écrit. Ce que tu vis compte, et tu n'as pas à le porter seul·e cette nuit.

**Parle à quelqu'un maintenant**, c'est gratuit et ouvert jour et nuit :

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
