//! Server functions, called as the page does: arguments and answers are JSON here, and in the page's encoding on the way.

use super::{Answer, Artist};
use serde_json::Value;
use squad::{
    api,
    types::{error::Problem, profile::Profile},
    wire,
};

impl Artist {
    pub async fn function(&self, path: &str, arguments: Value) -> Answer {
        let body = match path {
            "/fn/thread" => encoded::<api::LoadThread>(arguments),
            "/fn/messages" => encoded::<api::OlderMessages>(arguments),
            "/fn/message" => encoded::<api::LoadMessage>(arguments),
            "/fn/send" => encoded::<api::SendMessage>(arguments),
            "/fn/stop" => encoded::<api::StopAnswer>(arguments),
            "/fn/retry" => encoded::<api::RetryAnswer>(arguments),
            "/fn/undo-handoff" => encoded::<api::UndoHandoff>(arguments),
            "/fn/coach" => encoded::<api::PickCoach>(arguments),
            "/fn/rename" => encoded::<api::RenameConversation>(arguments),
            "/fn/delete" => encoded::<api::DeleteConversation>(arguments),
            "/fn/restore" => encoded::<api::RestoreConversation>(arguments),
            "/fn/read" => encoded::<api::MarkRead>(arguments),
            "/fn/change" => encoded::<api::ChangeConversation>(arguments),
            "/fn/regenerate" => encoded::<api::RegenerateAnswer>(arguments),
            "/fn/branch" => encoded::<api::ShowBranch>(arguments),
            "/fn/feedback" => encoded::<api::GiveFeedback>(arguments),
            "/fn/profile" => encoded::<api::LoadProfile>(arguments),
            "/fn/save-profile" => encoded::<api::SaveProfile>(arguments),
            "/fn/erase" => encoded::<api::EraseEverything>(arguments),
            other => panic!("{other} is new: say here what it takes"),
        };
        let request = self.request("POST", path).header("content-type", wire::CONTENT_TYPE);
        let mut answer = self.call(request.body(body)).await;
        if let Ok(problem) = wire::decode::<Problem>(&answer.text) {
            answer.text = serde_json::to_string(&problem).unwrap();
        } else if let ("/fn/profile" | "/fn/save-profile", Ok(profile)) = (path, wire::decode::<Profile>(&answer.text))
        {
            answer.text = serde_json::to_string(&profile).unwrap();
        } else if answer.text.is_empty() {
            answer.text = "null".into();
        }
        answer
    }
}

fn encoded<T: serde::Serialize + serde::de::DeserializeOwned>(arguments: Value) -> String {
    wire::encode(&serde_json::from_value::<T>(arguments).unwrap()).unwrap()
}
