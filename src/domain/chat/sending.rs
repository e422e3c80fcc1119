//! A message and the answer it starts: checked, stored, counted, handed to the engine.

use super::{
    Chat, ChatError, Result, Turn,
    branches::{before_edited, stop_live},
    violates,
};
use crate::{
    domain::{
        handover::{handoff, taken_back},
        prompts,
        routing::stay_with,
    },
    engine::reader::Reader,
    store::{
        Tx,
        conversations::ConversationChange,
        messages::PastTurn,
        turns::{
            Background, Beginning, LockedConversation, NewAnswer, NewTurn, Question, new_conversation_id,
            new_generation_id, new_message_id,
        },
    },
    types::{chat::*, coach::CoachId, ids::*},
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tracing::Instrument;

const TITLE_CHARS: usize = 60;

/// A checked request.
pub(super) struct Wish {
    pub text: String,
    pub picked: Option<CoachId>,
    pub asked: ChatSettings,
}

impl Chat {
    /// Starts a turn, or finds the one with the same `client_message_id`. A sender who leaves meanwhile stops nothing: a
    /// stored turn would have no run until its lease ends.
    pub async fn send(&self, user: UserId, platform: Platform, request: SendRequest) -> Result<Turn> {
        let wish = self.check(&request)?;
        let chat = self.clone();
        let start = async move { chat.start(user, platform, &request, &wish).await };
        apart(start.instrument(tracing::info_span!("start"))).await
    }

    async fn start(&self, user: UserId, platform: Platform, request: &SendRequest, wish: &Wish) -> Result<Turn> {
        let outcome = match request.conversation_id {
            None => self.begin(user, platform, request, wish).await,
            Some(id) => self.go_on(user, id, request, wish).await,
        };
        match outcome {
            // the same message came before, or at the same time and was first
            Err(ChatError::Database(error)) if violates(&error, "generations_client_message") => {
                let mut tx = self.store.as_user(user).await?;
                self.known_turn(&mut tx, request, wish).await?.ok_or(error.into())
            }
            outcome => outcome,
        }
    }

    pub(super) fn check(&self, request: &SendRequest) -> Result<Wish> {
        let text = checked_text(&request.message)?;
        let picked = self.picked(request.coach.as_deref())?;
        let asked = self.checked_settings(ChatSettings {
            provider: request.provider.clone(),
            model: request.model.clone(),
            temperature: request.temperature,
        })?;
        if request.max_tokens == Some(0) {
            return Err(ChatError::Invalid("max_tokens: must be at least 1".into()));
        }
        if request.edits.is_some() && request.conversation_id.is_none() {
            return Err(ChatError::Invalid(
                "edits: needs the conversation_id of the edited message".into(),
            ));
        }
        Ok(Wish { text, picked, asked })
    }

    /// Of a conversation that begins so. Who speaks of ending her life does not find that in the list, for others to see.
    fn title(&self, answer: &NewAnswer, text: &str) -> String {
        let crisis = answer.routing.as_ref().is_some_and(|routing| routing.crisis);
        match self.squad.get(&answer.coach) {
            Some(coach) if crisis => coach.name.clone(),
            _ => title(text),
        }
    }

    /// A conversation and its first turn.
    async fn begin(&self, user: UserId, platform: Platform, request: &SendRequest, wish: &Wish) -> Result<Turn> {
        let answer = self.new_answer(request, wish, new_conversation_id(), None, None)?;
        let title = self.title(&answer, &wish.text);
        let turn = NewTurn {
            answer: &answer,
            question: Some(Question {
                parent: None,
                text: &wish.text,
            }),
            begins: Some(Beginning {
                platform,
                settings: &wish.asked,
            }),
            title: Some(&title),
            show: true,
        };
        let _in_order = self.limits.in_order(user).await;
        let counted = self.limits.message(user).await;
        if let Err(wait) = counted {
            // a repetition is none too many: the same message is refused as such, whatever else is tried without a commit
            if request.client_message_id.is_some() {
                self.store.as_user(user).await?.insert_turn(&turn).await?;
            }
            return Err(ChatError::RateLimited(wait));
        }
        let reader = Reader::before_start(self.store.clone(), &self.hub, user, answer.generation);
        let (at, artist) = match self.store.begin_conversation(user, &turn).await {
            Ok(stored) => stored,
            Err(error) => {
                // a repetition counts once, and what could not be stored not at all
                self.limits.give_back(user).await;
                return Err(error.into());
            }
        };
        let background = Background {
            history: vec![asked(&answer, &wish.text)],
            artist,
        };
        Ok(Turn {
            allowance: counted.ok().flatten(),
            ..self.set_off(user, answer, at, Some(background), reader)
        })
    }

    /// The next turn of a conversation.
    async fn go_on(&self, user: UserId, id: ConversationId, request: &SendRequest, wish: &Wish) -> Result<Turn> {
        self.go_on_in(self.store.as_user(user).await?, id, request, wish).await
    }

    pub(super) async fn go_on_in(
        &self,
        mut tx: Tx,
        id: ConversationId,
        request: &SendRequest,
        wish: &Wish,
    ) -> Result<Turn> {
        let user = tx.user();
        let mut stopped = Vec::new();
        let mut past = prompts::HISTORY_MESSAGES - 1;
        if request.edits.is_some() {
            // looked for before the same message stops its own answer
            if let Some(turn) = self.known_turn(&mut tx, request, wish).await? {
                return Ok(turn);
            }
            stopped = stop_live(&mut tx, id).await?;
            past = 0;
        }
        let locked = tx.lock_conversation(id, request.client_message_id, past).await?;
        let mut locked = locked.ok_or(ChatError::NotFound)?;
        // inserting it again would wait for the end of its answer, which waits for this lock
        if locked.repeated
            && let Some(turn) = self.known_turn(&mut tx, request, wish).await?
        {
            return Ok(turn);
        }
        let parent = match request.edits {
            Some(edited) => {
                let place = before_edited(&mut tx, id, edited).await?;
                let other = |coach: &CoachId| *coach != locked.current_coach && !locked.coach_picked;
                if let Some(coach) = place.coach.filter(other) {
                    // a run that routes later looks there
                    let change = ConversationChange {
                        current_coach: Some(coach.clone()),
                        ..Default::default()
                    };
                    tx.change_conversation(id, &change).await?;
                    locked.current_coach = coach;
                }
                place.parent
            }
            None => locked.leaf,
        };
        let mut answer = self.new_answer(request, wish, id, Some(&locked), parent)?;
        if let (Some(card), Some(parent)) = (&answer.handoff, parent)
            && taken_back(&mut tx, id, parent, &card.to).await?
        {
            answer.coach = card.from.clone();
            answer.routing = Some(stay_with(card.from.clone()));
            answer.handoff = None;
        }
        let title = locked.title.is_empty().then(|| self.title(&answer, &wish.text));
        let (at, artist) = tx
            .insert_turn(&NewTurn {
                answer: &answer,
                question: Some(Question {
                    parent,
                    text: &wish.text,
                }),
                begins: None,
                title: title.as_deref(),
                show: true,
            })
            .await?;
        // last, so that the same message sent twice at once is refused as a repetition and counts once
        let allowance = self.limits.message(user).await.map_err(ChatError::RateLimited)?;
        let mut history = std::mem::take(&mut locked.history);
        history.push(asked(&answer, &wish.text));
        let background = request.edits.is_none().then_some(Background { history, artist });
        let turn = self.queue(tx, answer, at, background).await?;
        self.tell_stopped(&stopped);
        Ok(Turn { allowance, ..turn })
    }

    /// Who answers, and with what; `locked` is the conversation that goes on, below `parent`.
    fn new_answer(
        &self,
        request: &SendRequest,
        wish: &Wish,
        conversation: ConversationId,
        locked: Option<&LockedConversation>,
        parent: Option<MessageId>,
    ) -> Result<NewAnswer> {
        let busy = locked.is_some_and(|locked| locked.busy);
        let kept = locked.map(|locked| locked.settings.clone()).unwrap_or_default();
        let (choice, temperature) = self.choice(&wish.asked, &kept)?;
        let max_tokens = request
            .max_tokens
            .map_or(choice.max_tokens, |most| most.min(choice.max_tokens));
        let current = locked.map(|locked| &locked.current_coach);
        // who is called by name was chosen after that
        let before = locked.filter(|locked| locked.coach_picked && !self.router.names_coach(&wish.text));
        let picked = wish.picked.as_ref().or(before.map(|locked| &locked.current_coach));
        let decision = self.router.decide(&wish.text, current, picked);
        let later = busy || (decision.unsure && self.ask_model && !decision.routing.crisis);
        let coach = if busy && !decision.routing.crisis {
            current.cloned().unwrap_or_else(|| decision.routing.coach.clone())
        } else {
            decision.routing.coach.clone()
        };
        let card = handoff(current, &decision.routing, decision.named, parent.is_none());
        Ok(NewAnswer {
            generation: new_generation_id(),
            user_message: new_message_id(),
            message: new_message_id(),
            conversation,
            coach,
            picked_coach: picked.cloned(),
            routing: (!later).then_some(decision.routing),
            handoff: card.filter(|_| !later),
            provider: choice.provider,
            model: choice.facts.id,
            temperature,
            max_tokens: i32::try_from(max_tokens).unwrap_or(i32::MAX),
            client_message_id: request.client_message_id,
            request_hash: Some(request_hash(&wish.text, request.conversation_id).to_vec()),
            again: false,
            claim: !busy && self.engine.takes_turns(),
        })
    }

    /// The turn that the same message started before.
    async fn known_turn(&self, tx: &mut Tx, request: &SendRequest, wish: &Wish) -> Result<Option<Turn>> {
        let Some(id) = request.client_message_id else {
            return Ok(None);
        };
        let Some(known) = tx.turn_by_client_id(id).await? else {
            return Ok(None);
        };
        let found = known.started.conversation_id;
        let same = known.request_hash.as_deref().is_some_and(|hash| {
            hash == request_hash(&wish.text, request.conversation_id)
                || (request.conversation_id == Some(found) && hash == request_hash(&wish.text, None))
        });
        if !same {
            return Err(ChatError::Conflict(
                "client_message_id: was used before, for another text or conversation".into(),
            ));
        }
        Ok(Some(self.again(tx.user(), known.started)))
    }

    /// A turn that was started before.
    pub(super) fn again(&self, user: UserId, started: Started) -> Turn {
        Turn {
            reader: self.reader(user, started.generation_id, 0),
            started,
            allowance: None,
        }
    }

    /// Commits a new answer and sets it off.
    pub(super) async fn queue(
        &self,
        tx: Tx,
        answer: NewAnswer,
        at: OffsetDateTime,
        background: Option<Background>,
    ) -> Result<Turn> {
        let user = tx.user();
        let reader = Reader::before_start(self.store.clone(), &self.hub, user, answer.generation);
        tx.commit().await?;
        Ok(self.set_off(user, answer, at, background, reader))
    }

    /// Hands a stored answer to the engine and tells the artist's pages.
    fn set_off(
        &self,
        user: UserId,
        answer: NewAnswer,
        at: OffsetDateTime,
        background: Option<Background>,
        reader: Reader,
    ) -> Turn {
        if answer.claim {
            self.engine.run(answer.claimed(user, at), background);
        } else {
            self.engine.queued();
        }
        self.tell(user, answer.conversation, Some(answer.generation));
        let started = Started {
            generation_id: answer.generation,
            conversation_id: answer.conversation,
            user_message_id: answer.user_message,
            message_id: answer.message,
            coach: answer.coach,
            status: GenerationStatus::Queued,
        };
        Turn {
            started,
            reader,
            allowance: None,
        }
    }
}

/// Runs on when its caller goes.
pub(super) async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(work.in_current_span())
        .await
        .unwrap_or_else(|gone| std::panic::resume_unwind(gone.into_panic()))
}

fn checked_text(text: &str) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(ChatError::Invalid("message: is empty".into()));
    }
    if length > MAX_MESSAGE_CHARS {
        return Err(ChatError::Invalid(format!(
            "message: has {length} characters; {MAX_MESSAGE_CHARS} are the most"
        )));
    }
    if text.contains('\0') {
        return Err(ChatError::Invalid(
            "message: contains the character U+0000, which cannot be stored".into(),
        ));
    }
    Ok(text.to_string())
}

/// The first line, cut at a word; not the one that opens a block of code.
fn title(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let fence = |line: &&str| line.starts_with("```") || line.starts_with("~~~");
    let line = lines.clone().find(|line| !fence(line)).or(lines.next());
    let line = line.unwrap_or_default();
    if line.chars().count() <= TITLE_CHARS {
        return line.to_string();
    }
    let cut: String = line.chars().take(TITLE_CHARS).collect();
    let end = cut
        .rfind(char::is_whitespace)
        .filter(|end| *end > cut.len() / 2)
        .unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end())
}

fn request_hash(text: &str, conversation: Option<ConversationId>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(conversation.map_or([0; 16], |id| *id.0.as_bytes()));
    hash.update(text);
    hash.finalize().into()
}

/// The question as the prompt has it.
fn asked(answer: &NewAnswer, text: &str) -> PastTurn {
    PastTurn {
        id: answer.user_message,
        role: Role::User,
        content: text.to_string(),
        coach: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line_cut_at_a_word() {
        assert_eq!(title("\n  Salut\nla suite"), "Salut");
        assert_eq!(title("```js\n  const a = 1;\n```\nWhy?"), "const a = 1;");
        assert_eq!(title("```"), "```");
        let long = title(&"mot ".repeat(40));
        assert!(
            long.ends_with("mot…") && long.chars().count() <= TITLE_CHARS + 1,
            "{long}"
        );
    }

    #[test]
    fn texts_are_counted_in_characters_after_trimming() {
        assert_eq!(checked_text("  é \n").unwrap(), "é");
        assert!(checked_text(&"é".repeat(MAX_MESSAGE_CHARS)).is_ok());
        assert!(checked_text(&"é".repeat(MAX_MESSAGE_CHARS + 1)).is_err());
        assert!(checked_text(" \n\t").is_err() && checked_text("a\0b").is_err());
    }
}
