//! Server functions: the page's way to the services. Each one says who asks, calls the service and maps the error;
//! nothing else. They live under `/fn/` with explicit endpoints, so that their addresses never change with a build.

use crate::{
    types::{chat::*, coach::CoachId, error::*, ids::*, models::ProviderCard, page::*, profile::Profile},
    wire::{self, Garbled},
};
use bytes::Bytes;
use leptos::{
    prelude::*,
    server::codee,
    server_fn::{
        ContentType, Decodes, Encodes, Format, FormatType,
        codec::Post,
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
use serde::{Serialize, de::DeserializeOwned};

/// [`wire`] in the body of a `POST` and of its answer.
pub type Wire = Post<WireEncoding>;

/// Also of the data in a page's first HTML.
pub struct WireEncoding;

impl ContentType for WireEncoding {
    const CONTENT_TYPE: &'static str = wire::CONTENT_TYPE;
}

impl FormatType for WireEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for WireEncoding {
    type Error = Garbled;

    fn encode(value: &T) -> Result<Bytes, Garbled> {
        wire::encode(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for WireEncoding {
    type Error = Garbled;

    fn decode(bytes: Bytes) -> Result<T, Garbled> {
        wire::decode(std::str::from_utf8(&bytes).map_err(|_| Garbled)?)
    }
}

/// Page data stands in a script, for which leptos escapes `<` as JSON does. So there is none: `~1` stands for it, and `~0`
/// for `~`.
impl<T: Serialize> codee::Encoder<T> for WireEncoding {
    type Error = Garbled;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Garbled> {
        Ok(wire::encode(value)?.replace('~', "~0").replace('<', "~1"))
    }
}

impl<T: DeserializeOwned> codee::Decoder<T> for WireEncoding {
    type Error = Garbled;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Garbled> {
        wire::decode(&text.replace("~1", "<").replace("~0", "~"))
    }
}

/// What a page is drawn from, read once: on the server, and then from its first HTML.
pub fn page_data<T, Reading>(read: impl Fn() -> Reading + Send + Sync + 'static) -> Resource<T, WireEncoding>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Reading: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(|| (), move |()| read(), true)
}

impl FromServerFnError for Problem {
    type Encoder = WireEncoding;

    /// Failures of the transport itself. Without an answer ([`Problem::is_silence`]) the caller may wait for the network and
    /// send again; an answer that is none of ours is another server's, which stands before the program.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => return Problem::silence(error.to_string()),
            // read to its end; one that was cut off is told by the browser in words of its own
            ServerFnErrorErr::Deserialization(ref what) if *what == Garbled.to_string() => ErrorCode::Unavailable,
            ServerFnErrorErr::Deserialization(_) => return Problem::silence(error.to_string()),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => ErrorCode::Invalid,
            _ => ErrorCode::Internal,
        };
        Problem::new(code, error.to_string())
    }
}

#[cfg(feature = "ssr")]
use crate::server::page_context::caller;

/// The squad and the artist's conversations.
#[server(prefix = "/fn", endpoint = "shell", input = Wire, output = Wire)]
pub async fn load_shell() -> Result<Shell, Problem> {
    caller().await?.shell().await
}

/// A conversation with its last 30 messages; `None` when there is no such conversation of this artist.
#[server(prefix = "/fn", endpoint = "thread", input = Wire, output = Wire)]
pub async fn load_thread(conversation: ConversationId) -> Result<Option<Thread>, Problem> {
    caller().await?.thread(conversation).await
}

/// The page of messages above `before` (a cursor of [`MessagePage::next_before`]).
#[server(prefix = "/fn", endpoint = "messages", input = Wire, output = Wire)]
pub async fn older_messages(conversation: ConversationId, before: String) -> Result<MessagePage, Problem> {
    caller().await?.older_messages(conversation, &before).await
}

/// One message as it is stored now.
#[server(prefix = "/fn", endpoint = "message", input = Wire, output = Wire)]
pub async fn load_message(message: MessageId) -> Result<Message, Problem> {
    caller().await?.message(message).await
}

/// Starts a turn (or finds the one with the same `client_message_id`) and answers with its ids at once.
#[server(prefix = "/fn", endpoint = "send", input = Wire, output = Wire)]
pub async fn send_message(request: SendRequest) -> Result<Started, Problem> {
    caller().await?.send(request).await
}

/// Stops an answer; what is stored by then is kept. Answers with the message as it stands.
#[server(prefix = "/fn", endpoint = "stop", input = Wire, output = Wire)]
pub async fn stop_answer(generation: GenerationId) -> Result<Message, Problem> {
    caller().await?.stop(generation).await
}

/// Takes a question back whose turn has not come: `None`, it is gone. Otherwise its answer, stopped as by
/// [`stop_answer`].
#[server(prefix = "/fn", endpoint = "take-back", input = Wire, output = Wire)]
pub async fn take_back(generation: GenerationId) -> Result<Option<Message>, Problem> {
    caller().await?.take_back(generation).await
}

/// Asks the same question again after a failed or stopped answer; with the same id once.
#[server(prefix = "/fn", endpoint = "retry", input = Wire, output = Wire)]
pub async fn retry_answer(generation: GenerationId, id: ClientMessageId) -> Result<Started, Problem> {
    caller().await?.retry(generation, id).await
}

/// Takes a hand-over back: the former coach answers the same question and keeps the thread.
#[server(prefix = "/fn", endpoint = "undo-handoff", input = Wire, output = Wire)]
pub async fn undo_handoff(message: MessageId) -> Result<Started, Problem> {
    caller().await?.undo_handoff(message).await
}

/// The artist picks who answers from now on in this conversation.
#[server(prefix = "/fn", endpoint = "coach", input = Wire, output = Wire)]
pub async fn pick_coach(conversation: ConversationId, coach: CoachId) -> Result<Conversation, Problem> {
    caller().await?.pick_coach(conversation, coach).await
}

/// The page of the conversation list after `cursor`.
#[server(prefix = "/fn", endpoint = "conversations", input = Wire, output = Wire)]
pub async fn more_conversations(cursor: Option<String>) -> Result<ConversationPage, Problem> {
    caller().await?.conversations(cursor.as_deref()).await
}

#[server(prefix = "/fn", endpoint = "delete", input = Wire, output = Wire)]
pub async fn delete_conversation(conversation: ConversationId) -> Result<(), Problem> {
    caller().await?.delete(conversation).await
}

/// Takes a deletion back, for ten minutes after it.
#[server(prefix = "/fn", endpoint = "restore", input = Wire, output = Wire)]
pub async fn restore_conversation(conversation: ConversationId) -> Result<Conversation, Problem> {
    caller().await?.restore(conversation).await
}

/// Conversations by words in their titles and messages, newest first, or all of them when `words` is empty; the archived
/// ones or the others.
#[server(prefix = "/fn", endpoint = "search", input = Wire, output = Wire)]
pub async fn find_conversations(
    words: String,
    archived: bool,
    cursor: Option<String>,
) -> Result<ConversationPage, Problem> {
    caller().await?.find(&words, archived, cursor.as_deref()).await
}

/// Title, pin, archive, settings, and whatever else is in the patch.
#[server(prefix = "/fn", endpoint = "change", input = Wire, output = Wire)]
pub async fn change_conversation(
    conversation: ConversationId,
    patch: ConversationPatch,
) -> Result<Conversation, Problem> {
    caller().await?.change(conversation, patch.into()).await
}

/// The artist has seen what this conversation has.
#[server(prefix = "/fn", endpoint = "read", input = Wire, output = Wire)]
pub async fn mark_read(conversation: ConversationId) -> Result<(), Problem> {
    caller().await?.mark_read(conversation).await
}

/// Another answer to the same question, beside this one.
#[server(prefix = "/fn", endpoint = "regenerate", input = Wire, output = Wire)]
pub async fn regenerate_answer(message: MessageId, wish: RegenerateRequest) -> Result<Started, Problem> {
    caller().await?.regenerate(message, wish).await
}

/// Shows the newest branch through this message (an id of [`Message::siblings`]); its last page.
#[server(prefix = "/fn", endpoint = "branch", input = Wire, output = Wire)]
pub async fn show_branch(conversation: ConversationId, message: MessageId) -> Result<Thread, Problem> {
    caller().await?.show_branch(conversation, message).await
}

/// `None` takes the thumb back, and the comment with it.
#[server(prefix = "/fn", endpoint = "feedback", input = Wire, output = Wire)]
pub async fn give_feedback(
    message: MessageId,
    value: Option<Feedback>,
    comment: Option<String>,
) -> Result<(), Problem> {
    caller().await?.give_feedback(message, value, comment.as_deref()).await
}

/// The configured providers and their models.
#[server(prefix = "/fn", endpoint = "models", input = Wire, output = Wire)]
pub async fn list_models() -> Result<Vec<ProviderCard>, Problem> {
    caller().await?.models().await
}

/// What the squad knows of the artist.
#[server(prefix = "/fn", endpoint = "profile", input = Wire, output = Wire)]
pub async fn load_profile() -> Result<Profile, Problem> {
    caller().await?.profile().await
}

/// Replaces the sheet; answers with it as it is kept.
#[server(prefix = "/fn", endpoint = "save-profile", input = Wire, output = Wire)]
pub async fn save_profile(profile: Profile) -> Result<Profile, Problem> {
    caller().await?.save_profile(&profile).await
}

/// Deletes everything of the artist at once, and ends the session. There is no way back.
#[server(prefix = "/fn", endpoint = "erase", input = Wire, output = Wire)]
pub async fn erase_everything() -> Result<(), Problem> {
    caller().await?.erase_everything().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_cut_off_is_none_and_one_of_another_server_is_one() {
        let told = |what: &str| Problem::from_server_fn_error(ServerFnErrorErr::Deserialization(what.to_owned()));
        assert!(told("TypeError: network error").is_silence());
        let proxys = Problem::de(Bytes::from_static(b"<h1>Bad gateway</h1>"));
        assert!(!proxys.is_silence() && proxys.code == ErrorCode::Unavailable);
        let ours = Problem::new(ErrorCode::RateLimited, "");
        assert_eq!(
            Problem::de(wire::encode(&ours).unwrap().into()).code,
            ErrorCode::RateLimited
        );
    }

    #[test]
    fn page_data_survives_its_script() {
        for text in ["</script>", "~1 ~0 ~01 <~>", "\\u003c"] {
            let data = <WireEncoding as codee::Encoder<String>>::encode(&text.to_owned()).unwrap();
            assert!(!data.contains('<'), "{data}");
            assert_eq!(
                <WireEncoding as codee::Decoder<String>>::decode(&data).as_deref(),
                Ok(text)
            );
        }
    }
}
