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
    "veux|voudrais|aimerais|envie .. tout|ca s arrete|finisse|termine",
    "sert|quoi|pourquoi .. que je vive|vis|existe|respire",
    "pourquoi|comment je vis|existe|respire encore",
    "porte|porterai* mieux .. sans|si|quand",
    "si je|j etais mort|morte|plus",
    "si je meurs|crevais|creve",
    "barrer|partir|tirer|aller .. ce|cette monde|vie|terre",
    "mettre|mets|met un terme .. vie|jours|tout|souffrance*|existence",
    "rejoindre .. la haut|ciel|paradis",
    "vais|envie|veux|pense|penser me jeter|pendre|noyer|defenestrer|immoler|empoisonner",
    "plus exister",
    "rien|personne .. me|m retient|retienne",
    "si je sautais|mourais|crevais|partais",
    "mort|morte je|j serais|serai",
    "que je disparaisse|meure|creve",
    // by themselves, unless a figure of speech or a title lies over them
    "mourir|mourrir",
    "suicid*",
    "veines",
    "me|m .. tuer|suicider|pendre|noyer|flinguer|buter",
    "que ca|cela|tout s arrete",
    "endormir .. arrete|jamais|toujours|plus",
    "continuer a vivre",
    "j|ai les|mes|des medocs|cachets|somniferes .. ce soir",
    "faire une connerie|betise",
    "renverser|ecraser par un|une bus|camion|train|voiture",
    "passe|passait .. dessus",
    "mort|mourir|crever .. soulagement|solution|delivrance|simple|paix|liberation",
    "rails|pont|fenetre|toit|balcon|vide|falaise|train|metro .. .. sauter|jeter|finir",
    "avale|avaler|gobe|gober tout|tous|toute",
    "pensees|idees|envies noires|morbides|suicidaires",
    "tentative .. suicide",
    "merite|meritais|devrais pas .. vivre|exister|vivante|vivant",
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
    "plus|pas|aucune|aucun .. envie|gout|force|raison|raisons|courage continuer|rester vivre|vie|vivant|vivante|exister",
    "a quoi bon vivre|exister",
    "vivre .. sert|servir|rime .. rien|quoi",
    "vie .. pas|plus pour moi",
    "je ve|veu|vx mourir|crever|disparaitre",
    "je ve|veu|vx me tuer|pendre|suicider",
    "pense|penses|pensees|songe .. ma mort",
    "pense|penses|songe a mort",
    "me laisser mourir|crever",
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
    "si|jamais|pas|plus .. me reveille|reveillais|reveillait|reveillerai*|reveiller pas|plus|jamais",
    "pas|jamais|plus me reveiller",
    "prepare|preparer|noue|nouer|achete|attache|accroche|pris .. corde",
    "si|quand je|j etais|serai|serais|suis plus la|ici|vivant|vivante",
    "heureux|heureuse|mieux|bien|tranquille* .. j|je etais|serai|serais plus la|ici",
    "me|m fais|fait|faisais|refais|refait mal",
    "cutter|lame|lames|rasoir .. bras|poignet*|peau|cuisse*|veine*",
    "me|m coupe|coupais|taille|taillais|entaille|brule .. bras|poignet*|veine*|cuisse*|peau",
    "cachets|medocs|medicaments|pilules|somniferes .. devant|main|prets|pretes|cote",
    "pris|prendre|avale trop|plein|beaucoup .. cachets|medocs|medicaments|pilules|somniferes",
    "fardeau|poids|boulet pour .. monde|famille|proches|autres|eux|parents|enfants|amis",
    "foncer|planter|balancer .. voiture .. mur|arbre|platane|camion",
    "saute*|sauter|jette .. vide",
    "faire|fais une overdose",
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
    "noose",
    "can|cant t go on anymore|any|like",
    "end|ending it tonite|2night|tn",
    "cut|cutting .. arm|arms|leg|legs|thigh|thighs|skin",
    "nobody|noone|one .. needs|wants me alive|around|here",
    "nothing|anything|something .. live|living for",
    "suicid*",
    "to die",
    "i die|died",
    "hit by a|an bus|car|train|truck",
    "self harm*",
    "make|making it stop",
    "end|ending things tonight|now|today|tomorrow|soon|for|bye|myself",
    "think|thinking|thought|thoughts|dream*|obsess*|talk* .. dying|death|suicide|dead",
    "death|dying .. relief|peace|solution|easier|release|freedom",
    "gun|pistol|rifle|knife|rope|pills|blade .. myself|me|life|end",
    "use|using|used it on myself|me",
    "turn .. gun|knife .. myself",
    "life|lives .. easier|better|happier .. if i|without",
    "easier|better|happier|fine if i .. around|here|gone|alive|there",
    "killmyself",
    "sewerslide",
    "toaster bath",
    "self delete|deleting",
    "want|wanna .. be here|alive no more|longer",
    "sleep forever",
    "sleep .. never|not .. wake",
    "goodbye .. everyone|everybody|world",
    "life|existence .. pointless|meaningless|worthless",
    "no|any|the point .. going|carrying|continuing on|living",
    "no|any|the point .. continuing|existing|living",
    "don|dont|not|t deserve to live|exist|breathe",
    "reason|reasons .. stay|staying|keep|wake alive|living",
    "reason|reasons .. stay|staying",
    "imagin*|pictur*|fantasi* .. hanging|killing|drowning|shooting|death|dying|funeral",
    "won|wont|can|cant|not t make it through .. night|day|week|tomorrow",
    "bought|got|tied|tying|have|found .. rope",
    "pills|tablets|meds .. front|hand|counted|ready|saved|stash*|lined",
    "too|so|bunch|lot many|of pills|tablets|meds",
    "cutting|cut again",
    "started|start|stop|stopped|keep|kept cutting",
    "razor|razors|blade|blades .. arm|arms|wrist*|skin|thigh*|leg|legs",
    "walk|walking|step|stepping|run in|into|front .. traffic|sea|ocean|train|cars",
    "drive|driving|crash|crashing .. car|off|into .. cliff|bridge|tree|wall",
    "want|need|make|wish .. pain|everything to stop|end",
    "make|made the pain stop",
    "won|wont t|not be here|around|alive tomorrow|much|anymore|long|longer|next|any",
    "burden to|on|for .. everyone|everybody|family|parents|people|others|them|friends|kids",
    "hate|hating being alive",
    "hate|hating existing|living",
    "shouldn t|not be alive|born|exist",
    "shouldn|shouldnt t|not exist",
    "life|living .. not|isn|isnt|ain t for me",
    "notice|care|cry|sad if|when i|im m|was|were|am gone|dead|disappear*",
    "ways|how to die|kill myself",
    "drink|drinking bleach",
    "going|gonna|want|wanna to od|overdose",
    "suicide",
];

/// Words of death and of harm to oneself that are none of the phrases above: danger where [`DESPAIR`] stands beside them.
const DEATH: &[&str] = &[
    "mourir",
    "mourrai*",
    "meurs|meure",
    "crever",
    "la|ma mort",
    "mort|morte|morts",
    "connerie|betise",
    "exister",
    "pendre|pendu|pendue|corde",
    "cachets|medocs|medicaments|somniferes|pilules",
    "veines|poignets|cutter|lame",
    "rails|falaise",
    "flingue|fusil|pistolet|balle",
    "avale|avaler",
    "die|dying|died|death|dead",
    "kill|killing",
    "exist|existing",
    "end things|everything|this",
    "gun|pistol|knife|noose|rope|razor|blade",
    "pills|tablets|meds|overdos*",
    "cliff|rooftop|ledge",
    "cutting|bleed|bleeding",
];
const DESPAIR: &[&str] = &[
    "soulagement|delivrance",
    "bonne nuit|adieu|adieux",
    "ce soir",
    "cette nuit",
    "laisse|laissez tomber",
    "j|je .. envie .. sauter|crever|mourir|finir|exister",
    "plus envie de rien",
    "j en peux|pouvais plus",
    "peux|tiens|supporte plus",
    "supporte|supporter plus .. vie",
    "trop mal|souffr*",
    "souffre|souffrir|souffrance*",
    "seul|seule au monde",
    "personne .. m aime|aimera|comprend|pleurera|pleurerait|manque*",
    "desespoir|desespere|desesperee",
    "sert a rien que|je",
    "moi|toute .. famille .. sans moi",
    "me manque .. rejoindre",
    "pense|pensees|penser .. tout le temps|souvent|tous|nuits|jours",
    "tonight",
    "goodbye|farewell|bye",
    "on myself",
    "relief|peace",
    "stop|stopped thinking",
    "keep|kept|always thinking|imagining|picturing|dreaming",
    "can|cant t take|bear|stand|handle",
    "can|cant t do this|it",
    "hopeless|hopelessness|worthless|unbearable",
    "tired of everything|trying|fighting|it|hurting|pain",
    "pain|suffering",
    "hate myself|life",
    "no future|hope|way out",
    "nobody|noone .. loves|cares|miss*",
    "no one .. loves|cares|miss*",
    "all alone",
    "apologi*|sorry .. everyone|mum|mom|family|all",
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
    "corde .. guitare|basse|violon|vocale|vocales|rappel|mi|re|sol|neuve|cassee|grave|aigue",
    "faire|fais|fait mal au|aux dos|genou|doigt*|gorge|oreille*|cordes|voix|pied|cheville",
    "faire|fais|fait mal a la|l voix|main|gorge|oreille|epaule|cheville|cou",
    "faire|fais|fait mal en|quand",
    "reveiller|reveille pas|plus|jamais .. heure|tot|matin|temps|reveil",
    "mort de|d|du mon|ma|mes|un|une|notre|mon|l|artiste|groupe|rock|disque",
    "plus la|ici pour|a|en .. repet*|repeter|jouer|concert*|studio|equipe",
    "poids pour .. concours|morceau",
    "sauter|saute .. vide .. deux|lancer|quitter|projet|musique|plein",
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
    "cut|cutting vocals|tracks|track|beats|beat|audio|clips|clip|videos|video|samples|corners|costs|songs|scenes|reels|again the|my|vocals",
    "engagement|account|reach|streams|algorithm|laptop|computer|phone|daw|pc|amp|plugin|interface|stats|views|page|channel commit|commits|committed suicide",
    "rope .. light|lights|course|stage|led",
    "here|around|available|alive tomorrow|next|anymore|long|much|any .. rehearsal*|practice|gig|meeting|session|week|soundcheck",
    "burden on|to|for .. budget|wallet",
    "not|t be here|around .. rehearsal|session|gig|friday|monday|tuesday|wednesday|thursday|saturday|sunday|meeting",
    "blade|razor .. runner|sharp",
    "stay|staying .. reason|reasons in|on|at|with|for|here",
    "reason|reasons .. stay|staying in|on|at|with|signed|independent|indie",
    "goodbye .. everyone|everybody at|after .. show|set|gig|tour",
    "ca s arrete|finisse|termine .. fondu|fade|refrain|pont|outro",
    "dying|die to|for",
    "kill|killing|killed it|the|this|that|them|my reach|vibe|mood|stage|show|crowd|momentum|streams|music|hype|groove|song|track",
    "death metal|core|note|grips|row|valley",
    "end|ending things with",
    "song|songs|project|account|career|channel|page|reach|streams|music|scene|industry|genre|growth|phone|battery|laptop|momentum|hype die|dying|dies|died|dead|killed",
    "song|songs|project|account|career|channel|page|reach|streams|music|scene|industry|genre|growth|phone|battery|laptop|momentum|hype is|are|was|s dead|dying|killed",
    "dying|die on spotify|instagram|tiktok|youtube",
    "streams|stream|ecoutes|stats|vues|reseaux|batterie|telephone|ordi|pc|compte|page|titre|groupe|scene est|sont mort|morts|morte|mortes",
    "exister sur|artistiquement|musicalement",
    "exist on|online",
    "bonne|belle|jolie|grosse|petite connerie",
    "connerie|betise en|avec|sur",
    "veines du bois|creatives|artistiques|musicales",
    "suicide .. squad|silence|doors|boys",
    "mourir|mort|suicide .. mon pere|mere|frere|soeur|ami|amie|oncle|grand|pote|cousin|chien|chat",
    "suicide de mon|ma|mes|son|sa|notre",
    "laisser|laisse|faire|fait|voir|vu .. projet|groupe|chaine|compte|son|titre .. mourir",
    "voir|vu|laisser|laisse mourir",
    "a|beau en|y mourir",
    "to die for",
    "dream|project|song|band|channel|account|page|idea|hype to die",
    "how i|he|she|they died on stage",
    "i died laughing|inside|on|lol|lmao|when",
    "suicide prevention|awareness|hotline",
    "suicide .. brother|sister|father|mother|friend|uncle|dad|mum|mom|cousin",
    "suicide dans|en|comme chanson|chansons|morceau|texte|textes|titre|album",
    "brother|sister|father|mother|friend|uncle|dad|mum|mom|cousin s suicide",
    "m a tuer",
    "cutting edge|through|room|board|time|costs",
    "lame|balle de",
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
    death: Lexicon,
    despair: Lexicon,
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
            death: lexicon(DEATH),
            despair: lexicon(DESPAIR),
            figures: lexicon(FIGURES),
            work: lexicon(WORK),
            work_before: lexicon(WORK_BEFORE),
        }
    }

    /// The phrase that says a life may be in danger.
    pub fn find(&self, original: &str, tokens: &[Token]) -> Option<Found> {
        let mut danger = self.danger.find(tokens);
        if danger.is_empty() && tokens.len() <= 2 && tokens.iter().any(|t| t.text == "suicide") {
            return Some(whole(tokens));
        }
        let death = self.death.find(tokens);
        if !death.is_empty() && !self.despair.find(tokens).is_empty() {
            danger.extend(death);
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
Merci de me l’avoir écrit. Ce que tu vis compte, et tu n’as pas à le porter seul·e.

**Parle à quelqu’un maintenant**, à toute heure :

- France : **[3114](tel:3114)**
- Belgique : **[0800 32 123](tel:080032123)**
- Suisse : **[143](tel:143)**
- Québec : **[1 866 277 3553](tel:18662773553)** · Canada : **[988](tel:988)**
- Danger immédiat : **[112](tel:112)** en Europe, **[911](tel:911)** en Amérique du Nord

Si tu peux, éloigne-toi de ce qui pourrait te blesser et rejoins une personne de confiance, ou appelle-la. \
Je suis une IA, je ne remplace pas une vraie voix. Je reste là pour t’écouter.";

const HELP_EN: &str = "\
Thank you for writing this to me. What you are going through matters, and you don’t have to carry it alone.

**Talk to someone now**, at any hour:

- United States and Canada: **[988](tel:988)**
- United Kingdom and Ireland: **[116 123](tel:116123)**
- Immediate danger: **[911](tel:911)** in North America, **[999](tel:999)** in the UK, **[112](tel:112)** in the EU
- France **[3114](tel:3114)** · Belgium **[0800 32 123](tel:080032123)** · Switzerland **[143](tel:143)** · Québec **[1 866 277 3553](tel:18662773553)**

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
