//! Turns and conversations: start, stop, repeat, take back, look at. Every door calls these, and only these.
//!
//! [`branches`] repeats answers beside each other · [`completions`] answers a talk that its caller brings · [`settings`] say who is asked · [`search`] finds · [`export`] and
//! [`erase`] give an artist what is hers.

pub mod branches;
pub mod completions;
pub mod erase;
pub mod export;
pub mod search;
pub mod settings;

use super::{
    limits::{Allowance, Limits, Wait},
    models::Models,
    ports::Engine,
    prompts,
    routing::{Router, stay_with},
};
use crate::{
    coaches::Squad,
    engine::{
        hub::{Hub, ListChange, Signal},
        reader::Reader,
        turn::{handoff, taken_back},
    },
    store::{
        Store, Tx,
        conversations::{ConversationChange, ListCursor},
        generations::{GenerationRow, Stopped},
        messages::PastTurn,
        turns::{
            Background, Beginning, LockedConversation, NewAnswer, NewTurn, Question, new_conversation_id,
            new_generation_id, new_message_id,
        },
    },
    telemetry::{self, Ended},
    types::{
        chat::*,
        coach::CoachId,
        error::{ErrorCode, Problem},
        event::Event,
        ids::*,
        page::Thread,
    },
};
use branches::{before_edited, stop_live};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use time::OffsetDateTime;
use tracing::Instrument;

/// Messages of a page when the caller does not say.
pub const PAGE: i64 = 30;
const TITLE_CHARS: usize = 60;
const MAX_TITLE_CHARS: usize = 200;

/// Why a call cannot be done. Its text is for whoever called.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("not found")]
    NotFound,
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Conflict(String),
    #[error("too many messages; the next one is possible in {} s", .0.seconds)]
    RateLimited(Wait),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NotFound => Self::new(ErrorCode::NotFound, "There is nothing at this address."),
            ChatError::Invalid(detail) => Self::new(ErrorCode::Invalid, detail),
            ChatError::Conflict(detail) => Self::new(ErrorCode::Conflict, detail),
            ChatError::RateLimited(Wait { seconds, limit }) => Self {
                retry_after: Some(seconds),
                limit: Some(limit),
                ..Self::new(
                    ErrorCode::RateLimited,
                    format!("The next message is possible in {seconds} s."),
                )
            },
            ChatError::Database(error) => {
                tracing::error!(%error, "the database failed");
                Self::new(ErrorCode::Unavailable, "The database does not answer at this moment.")
            }
        }
    }
}

pub type Result<T> = std::result::Result<T, ChatError>;

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    pub store: Store,
    pub hub: Hub,
    pub engine: Arc<dyn Engine>,
    pub squad: Arc<Squad>,
    pub router: Arc<Router>,
    pub models: Arc<Models>,
    pub limits: Arc<Limits>,
    /// A small model may be asked who should answer.
    pub ask_model: bool,
}

/// A started turn. The reader hears it from its first event on, unless the turn was already known.
pub struct Turn {
    pub started: Started,
    pub reader: Reader,
    /// What is left, where the message was counted.
    pub allowance: Option<Allowance>,
}

/// A checked request.
struct Wish {
    text: String,
    picked: Option<CoachId>,
    asked: ChatSettings,
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

    fn check(&self, request: &SendRequest) -> Result<Wish> {
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

    fn picked(&self, coach: Option<&str>) -> Result<Option<CoachId>> {
        match coach {
            None | Some("auto") => Ok(None),
            Some(id) => self.known_coach(&CoachId::new(id)).map(Some),
        }
    }

    pub fn known_coach(&self, id: &CoachId) -> Result<CoachId> {
        match self.squad.get(id) {
            Some(coach) => Ok(coach.id.clone()),
            None => {
                let known: Vec<_> = self.squad.iter().map(|coach| coach.id.as_str()).collect();
                Err(ChatError::Invalid(format!(
                    "coach: {:?} is not one of auto, {}",
                    id.as_str(),
                    known.join(", ")
                )))
            }
        }
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

    async fn go_on_in(&self, mut tx: Tx, id: ConversationId, request: &SendRequest, wish: &Wish) -> Result<Turn> {
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
                if let Some(coach) = place.coach.filter(|coach| *coach != locked.current_coach) {
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
        let decision = self.router.decide(&wish.text, current, wish.picked.as_ref());
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
            picked_coach: wish.picked.clone(),
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
        let reader = self.reader(tx.user(), known.started.generation_id, 0);
        Ok(Some(Turn {
            started: known.started,
            reader,
            allowance: None,
        }))
    }

    /// Commits a new answer and sets it off.
    async fn queue(
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

    /// After the commit: whoever reads these hears of their end, and runs of this process drop their provider.
    fn tell_stopped(&self, stopped: &[Stopped]) {
        for one in stopped {
            let (seq, event) = (one.seq, Arc::new(Event::Cancelled {}));
            self.hub.publish(one.generation, Signal::Committed { seq, event });
            self.engine.drop_run(one.generation);
            telemetry::answer_ended(Ended::stopped(&one.provider, &one.model));
        }
    }

    fn tell(&self, user: UserId, conversation: ConversationId, generation: Option<GenerationId>) {
        self.hub.publish_list(
            user,
            ListChange {
                conversation,
                generation,
                deleted: false,
            },
        );
    }

    pub fn reader(&self, user: UserId, generation: GenerationId, after: i64) -> Reader {
        Reader::new(self.store.clone(), &self.hub, user, generation, after)
    }

    pub async fn generation(&self, user: UserId, id: GenerationId) -> Result<GenerationRow> {
        let mut tx = self.store.as_user(user).await?;
        tx.generation(id).await?.ok_or(ChatError::NotFound)
    }

    pub async fn chunks(
        &self,
        user: UserId,
        id: GenerationId,
        after: i64,
    ) -> Result<(Vec<(i64, Event)>, GenerationStatus)> {
        let mut tx = self.store.as_user(user).await?;
        // the state first: events that come in between belong to the next call
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        Ok((tx.chunks(id, after, 1_000).await?, row.state.status))
    }

    /// Stops an answer; what is stored is kept. A finished one stays as it is.
    pub async fn cancel(&self, user: UserId, id: GenerationId) -> Result<GenerationRow> {
        let mut tx = self.store.as_user(user).await?;
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        if row.state.status.is_final() {
            return Ok(row);
        }
        let stopped = tx.cancel_generation(id).await?;
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell_stopped(stopped.as_slice());
        self.engine.queued();
        self.tell(user, row.state.conversation_id, None);
        Ok(row)
    }

    /// Takes a question back before its turn: it goes, with the answer it did not get. Where it cannot (its turn has come,
    /// it begins the conversation, or it has other versions) its answer is stopped, and told.
    pub async fn take_back(&self, user: UserId, id: GenerationId) -> Result<Option<GenerationRow>> {
        let mut tx = self.store.as_user(user).await?;
        let Some((conversation, stopped)) = tx.delete_queued_turn(id).await? else {
            drop(tx);
            return self.cancel(user, id).await.map(Some);
        };
        tx.commit().await?;
        self.tell_stopped(&[stopped]);
        self.engine.queued();
        self.tell(user, conversation, None);
        Ok(None)
    }

    /// The same question again, after a failed or stopped answer. A failed one without text gives its place to the new
    /// one; otherwise the new one stands beside it and is shown.
    pub async fn retry(&self, user: UserId, id: GenerationId) -> Result<Turn> {
        let mut tx = self.store.as_user(user).await?;
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        if !matches!(row.state.status, GenerationStatus::Failed | GenerationStatus::Cancelled) {
            return Err(ChatError::Conflict(
                "only a failed or a cancelled generation can be retried".into(),
            ));
        }
        let conversation = row.state.conversation_id;
        let locked = tx
            .lock_conversation(conversation, None, 0)
            .await?
            .ok_or(ChatError::NotFound)?;
        let allowance = self.limits.message(user).await.map_err(ChatError::RateLimited)?;
        let former = tx.message(row.state.message_id).await?.ok_or(ChatError::NotFound)?;
        let answer = self.again(
            &row,
            &former,
            &locked.settings,
            former.routing.clone(),
            former.handoff.clone(),
        )?;
        let replaces = former.content.is_empty();
        let show = !replaces || locked.leaf == Some(former.id);
        let (at, _) = tx.insert_turn(&NewTurn::another(&answer, show)).await?;
        if replaces {
            tx.adopt_children(conversation, former.id, answer.message).await?;
        }
        let turn = self.queue(tx, answer, at, None).await?;
        Ok(Turn { allowance, ..turn })
    }

    /// Takes a hand-over back: the former coach answers the same question beside the given answer, and keeps the thread.
    pub async fn undo_handoff(&self, user: UserId, id: MessageId) -> Result<Turn> {
        let mut tx = self.store.as_user(user).await?;
        let message = tx.message(id).await?.ok_or(ChatError::NotFound)?;
        let (Some(card), Some(generation)) = (message.handoff.clone(), message.generation_id) else {
            return Err(ChatError::Conflict("no hand-over gave this message".into()));
        };
        let row = tx.generation(generation).await?.ok_or(ChatError::NotFound)?;
        // before the lock, as every run does it: the other way round the two would wait for each other
        let stopped = if row.state.status.is_final() {
            None
        } else {
            tx.cancel_generation(generation).await?
        };
        let locked = tx
            .lock_conversation(row.state.conversation_id, None, 0)
            .await?
            .ok_or(ChatError::NotFound)?;
        let allowance = self.limits.message(user).await.map_err(ChatError::RateLimited)?;
        let routing = Routing {
            coach: self.known_coach(&card.from)?,
            confidence: 1.0,
            why: String::new(),
            by: DecidedBy::Artist,
            crisis: false,
        };
        let answer = self.again(&row, &message, &locked.settings, Some(routing), None)?;
        let (at, _) = tx.insert_turn(&NewTurn::another(&answer, true)).await?;
        let turn = self.queue(tx, answer, at, None).await?;
        self.tell_stopped(stopped.as_slice());
        Ok(Turn { allowance, ..turn })
    }

    /// A new answer to the question of a former one, by what the conversation keeps now.
    fn again(
        &self,
        row: &GenerationRow,
        former: &Message,
        kept: &ChatSettings,
        routing: Option<Routing>,
        handoff: Option<Handoff>,
    ) -> Result<NewAnswer> {
        let (choice, temperature) = self.choice(&ChatSettings::default(), kept)?;
        Ok(NewAnswer {
            generation: new_generation_id(),
            message: new_message_id(),
            user_message: former.parent_id.ok_or(ChatError::NotFound)?,
            conversation: row.state.conversation_id,
            coach: routing
                .as_ref()
                .map_or_else(|| row.state.coach.clone(), |routing| routing.coach.clone()),
            picked_coach: None,
            routing,
            handoff,
            provider: choice.provider,
            max_tokens: i32::try_from(choice.max_tokens).unwrap_or(i32::MAX),
            model: choice.facts.id,
            temperature,
            client_message_id: None,
            request_hash: None,
            again: true,
            claim: false,
        })
    }

    pub async fn create_conversation(
        &self,
        user: UserId,
        platform: Platform,
        title: Option<&str>,
        coach: Option<&CoachId>,
    ) -> Result<Conversation> {
        let title = title.map_or_else(|| Ok(String::new()), checked_title)?;
        let coach = match coach {
            Some(coach) => self.known_coach(coach)?,
            None => self
                .squad
                .iter()
                .next()
                .map_or_else(|| CoachId::new("marty"), |coach| coach.id.clone()),
        };
        let mut tx = self.store.as_user(user).await?;
        let id = tx.create_conversation(&title, &coach, platform).await?;
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell(user, id, None);
        Ok(conversation)
    }

    pub async fn conversation(&self, user: UserId, id: ConversationId) -> Result<Conversation> {
        let mut tx = self.store.as_user(user).await?;
        tx.conversation(id).await?.ok_or(ChatError::NotFound)
    }

    pub async fn conversations(
        &self,
        user: UserId,
        after: Option<ListCursor>,
        archived: bool,
        limit: i64,
    ) -> Result<ConversationPage> {
        let mut tx = self.store.as_user(user).await?;
        let mut conversations = tx.conversations(after, archived, limit + 1).await?;
        let more = conversations.len() as i64 > limit;
        conversations.truncate(usize::try_from(limit).unwrap_or_default());
        let next_cursor = conversations.last().filter(|_| more).map(|last| {
            ListCursor {
                pinned: last.pinned,
                last_message_at: last.last_message_at,
                id: last.id,
            }
            .encode()
        });
        Ok(ConversationPage {
            conversations,
            next_cursor,
            hits: None,
        })
    }

    pub async fn change_conversation(
        &self,
        user: UserId,
        id: ConversationId,
        change: ConversationChange,
    ) -> Result<Conversation> {
        let change = ConversationChange {
            title: change.title.as_deref().map(checked_title).transpose()?,
            current_coach: change
                .current_coach
                .as_ref()
                .map(|coach| self.known_coach(coach))
                .transpose()?,
            settings: change
                .settings
                .map(|settings| self.checked_settings(settings))
                .transpose()?,
            ..change
        };
        let mut tx = self.store.as_user(user).await?;
        tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        let change = match change.active_leaf {
            Some(through) => {
                // an unknown one is refused below
                let leaf = tx.newest_leaf(id, through).await?.unwrap_or(through);
                // who spoke last there goes on
                let spoke = tx.message(leaf).await?.and_then(|message| message.coach);
                ConversationChange {
                    active_leaf: Some(leaf),
                    current_coach: change.current_coach.or(spoke),
                    ..change
                }
            }
            None => change,
        };
        if !tx.change_conversation(id, &change).await? {
            return Err(ChatError::Invalid(
                "active_leaf_id: is not a message of this conversation".into(),
            ));
        }
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell(user, id, None);
        Ok(conversation)
    }

    /// Deletes a conversation; its answers are stopped.
    pub async fn delete_conversation(&self, user: UserId, id: ConversationId) -> Result<()> {
        let mut tx = self.store.as_user(user).await?;
        let mut stopped = stop_live(&mut tx, id).await?;
        tx.lock_conversation(id, None, 0).await?.ok_or(ChatError::NotFound)?;
        // one that was started in between
        stopped.extend(stop_live(&mut tx, id).await?);
        tx.delete_conversation(id).await?;
        tx.commit().await?;
        self.tell_stopped(&stopped);
        self.hub.publish_list(
            user,
            ListChange {
                conversation: id,
                generation: None,
                deleted: true,
            },
        );
        Ok(())
    }

    pub async fn restore_conversation(&self, user: UserId, id: ConversationId) -> Result<Conversation> {
        let mut tx = self.store.as_user(user).await?;
        if !tx.restore_conversation(id).await? {
            return Err(ChatError::NotFound);
        }
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell(user, id, None);
        Ok(conversation)
    }

    /// A page of the shown branch: its end, or what stands above message `before`.
    pub async fn messages(
        &self,
        user: UserId,
        id: ConversationId,
        before: Option<MessageId>,
        limit: i64,
    ) -> Result<MessagePage> {
        let mut tx = self.store.as_user(user).await?;
        let active = tx.active_leaf(id).await?.ok_or(ChatError::NotFound)?;
        page(&mut tx, id, active, before, limit).await
    }

    pub async fn message(&self, user: UserId, id: MessageId) -> Result<Message> {
        let mut tx = self.store.as_user(user).await?;
        let message = tx.message(id).await?.ok_or(ChatError::NotFound)?;
        with_text_so_far(&mut tx, message).await
    }

    /// A conversation with its last page, marked as read.
    pub async fn thread(&self, user: UserId, id: ConversationId) -> Result<Option<Thread>> {
        let mut tx = self.store.as_user(user).await?;
        let news = tx.mark_read(id).await?;
        let Some(conversation) = tx.conversation(id).await? else {
            return Ok(None);
        };
        let active = tx.active_leaf(id).await?.flatten();
        let page = page(&mut tx, id, active, None, PAGE).await?;
        tx.commit().await?;
        if news {
            self.tell(user, id, None);
        }
        Ok(Some(Thread { conversation, page }))
    }

    /// The artist has seen what this conversation has; her other tabs hear of it.
    pub async fn mark_read(&self, user: UserId, id: ConversationId) -> Result<Conversation> {
        let mut tx = self.store.as_user(user).await?;
        let news = tx.mark_read(id).await?;
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        if news {
            self.tell(user, id, None);
        }
        Ok(conversation)
    }
}

/// Runs on when its caller goes.
async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(work.in_current_span())
        .await
        .unwrap_or_else(|gone| std::panic::resume_unwind(gone.into_panic()))
}

async fn page(
    tx: &mut Tx,
    id: ConversationId,
    active: Option<MessageId>,
    before: Option<MessageId>,
    limit: i64,
) -> Result<MessagePage> {
    let end = match before {
        None => active,
        Some(before) => match tx.message_place(before).await? {
            Some((place, parent)) if place == id => parent,
            _ => {
                return Err(ChatError::Invalid(
                    "before: is not a message of this conversation".into(),
                ));
            }
        },
    };
    let Some(end) = end else {
        return Ok(MessagePage {
            messages: Vec::new(),
            next_before: None,
        });
    };
    let mut messages = Vec::new();
    for message in tx.branch(id, end, i32::try_from(limit).unwrap_or(i32::MAX)).await? {
        messages.push(with_text_so_far(tx, message).await?);
    }
    let next_before = messages
        .first()
        .filter(|first| first.parent_id.is_some())
        .map(|first| first.id.to_string());
    Ok(MessagePage { messages, next_before })
}

/// A running answer's text is in its log until it ends.
async fn with_text_so_far(tx: &mut Tx, mut message: Message) -> Result<Message> {
    if let (MessageStatus::Streaming, Some(generation)) = (message.status, message.generation_id) {
        let transcript = tx.transcript(generation).await?;
        message.content = transcript.text;
        message.resumed = transcript.resumed;
    }
    Ok(message)
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

fn checked_title(title: &str) -> Result<String> {
    let title = title.trim();
    if title.contains('\0') {
        return Err(ChatError::Invalid(
            "title: contains the character U+0000, which cannot be stored".into(),
        ));
    }
    if title.is_empty() || title.chars().count() > MAX_TITLE_CHARS {
        return Err(ChatError::Invalid(format!(
            "title: must have 1 to {MAX_TITLE_CHARS} characters"
        )));
    }
    Ok(title.to_string())
}

/// The first line, cut at a word.
fn title(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
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

fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.constraint() == Some(constraint))
}

impl ListCursor {
    /// Opaque text for the next page.
    pub fn encode(&self) -> String {
        let (pinned, nanos) = (u8::from(self.pinned), self.last_message_at.unix_timestamp_nanos());
        format!("{pinned}.{nanos}.{}", self.id)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (pinned, rest) = text.split_once('.')?;
        let (nanos, id) = rest.split_once('.')?;
        let pinned = match pinned {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        let last_message_at = time::OffsetDateTime::from_unix_timestamp_nanos(nanos.parse().ok()?).ok()?;
        // PostgreSQL knows no moment before 4713 BC
        (last_message_at.year() >= 0).then_some(Self {
            pinned,
            last_message_at,
            id: id.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line_cut_at_a_word() {
        assert_eq!(title("\n  Salut\nla suite"), "Salut");
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

    #[test]
    fn a_cursor_survives_the_wire_and_rubbish_is_refused() {
        let cursor = ListCursor {
            pinned: true,
            last_message_at: time::OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_000).unwrap(),
            id: ConversationId(uuid::Uuid::from_u128(7)),
        };
        let back = ListCursor::parse(&cursor.encode()).unwrap();
        assert_eq!(
            (back.pinned, back.last_message_at, back.id),
            (true, cursor.last_message_at, cursor.id)
        );
        for rubbish in ["x", "1.2", "1.2.3", "2.5.00000000-0000-0000-0000-000000000007"] {
            assert!(ListCursor::parse(rubbish).is_none(), "{rubbish}");
        }
    }
}
