//! Whether a crowd's turns are what they should be, by what it saw, by the database and by the API; and the table.

use super::{
    crowd::{Turn, is_end},
    place::Place,
};
use crate::support::sse::names;
use serde_json::Value;
use sqlx::{PgConnection, Row as _};
use std::{collections::BTreeMap, fmt::Write, time::Duration};

/// How every turn of a scenario has to end.
#[derive(Clone, Copy)]
pub enum Expected {
    /// `done`, the whole story told.
    Whole,
    /// The same after a call that told no end, so that nobody knows the tokens.
    Uncounted,
    /// `done` after so many words.
    Short(usize),
    /// `failed` with this code, so many words kept.
    Failed(&'static str, usize),
}

/// A line of the table.
pub struct Row {
    scenario: String,
    turns: usize,
    seen: String,
    stored: String,
    lost: usize,
    doubled: usize,
    /// The longest that somebody saw nothing new.
    silence: Option<Duration>,
    /// What else is not as it should be.
    wrong: Vec<String>,
}

impl Row {
    /// A scenario that came to no end.
    pub fn broken(scenario: &str, why: &str) -> Self {
        Self {
            wrong: vec![why.to_string()],
            ..Self::skipped(scenario, "")
        }
    }

    /// A scenario that this machine cannot have.
    pub fn skipped(scenario: &str, why: &str) -> Self {
        Self {
            scenario: scenario.into(),
            turns: 0,
            seen: why.into(),
            stored: String::new(),
            lost: 0,
            doubled: 0,
            silence: None,
            wrong: Vec::new(),
        }
    }

    pub fn is_ok(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.wrong.is_empty()
    }

    /// Further turns of the scenario; the table shows what the first ones saw.
    pub fn with(mut self, more: Self) -> Self {
        self.turns += more.turns;
        self.lost += more.lost;
        self.doubled += more.doubled;
        self.wrong.extend(more.wrong);
        self
    }

    /// Nobody may wait longer than this for something new.
    pub fn within(self, most: Duration) -> Self {
        let holds = self.silence.is_some_and(|silence| silence <= most);
        self.and(&format!("nobody waits longer than {most:?}"), holds)
    }

    /// What this scenario demands besides.
    pub fn and(mut self, what: &str, holds: bool) -> Self {
        if !holds {
            self.wrong.push(what.to_string());
        }
        self
    }
}

/// Reads everything about these turns.
pub async fn judge(place: &Place, scenario: &str, turns: &[Turn], expected: Expected) -> Row {
    let mut row = Row {
        turns: turns.len(),
        silence: turns.iter().map(|turn| turn.silence).max(),
        ..Row::skipped(scenario, &seen(turns))
    };
    let mut connection = place.server.connect().await;
    let mut stored = BTreeMap::new();
    for turn in turns {
        let found = look(&mut connection, turn).await;
        *stored.entry(found.answers.join("+")).or_insert(0) += 1;
        row.lost += usize::from(found.is_lost(turn, expected));
        row.doubled += usize::from(found.is_doubled());
        let mut wrong = turn.wrong.clone();
        wrong.extend(found.wrong(turn, expected));
        wrong.extend(over_api(place, turn, &found).await);
        row.wrong
            .extend(wrong.iter().map(|wrong| format!("{}: {wrong}", turn.name)));
    }
    row.stored = counted(&stored);
    row
}

/// What the database has of a turn.
struct Found {
    questions: i64,
    generations: i64,
    /// States of the answers below the question.
    answers: Vec<String>,
    text: String,
    tokens_output: Option<i64>,
    cost_known: bool,
    state: String,
    next_seq: i64,
    /// Number, kind and text of the log's events.
    log: Vec<(i64, String, String)>,
}

async fn look(connection: &mut PgConnection, turn: &Turn) -> Found {
    let counts = sqlx::query(
        "select (select count(*) from messages where role = 'user' and strpos(content, $1) > 0),
           (select count(*) from generations where client_message_id = $2)",
    )
    .bind(format!("story:{}:", turn.name))
    .bind(turn.client_message_id)
    .fetch_one(&mut *connection)
    .await
    .unwrap();
    let answers = sqlx::query(
        "select m.status, m.content, m.tokens_output, m.cost is not null, g.id, g.state, g.next_seq
         from generations asked join messages m on m.parent_id = asked.user_message_id
         left join generations g on g.message_id = m.id where asked.client_message_id = $1 order by m.id",
    )
    .bind(turn.client_message_id)
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let mut found = Found {
        questions: counts.get(0),
        generations: counts.get(1),
        answers: answers.iter().map(|row| row.get(0)).collect(),
        text: String::new(),
        tokens_output: None,
        cost_known: false,
        state: String::new(),
        next_seq: 0,
        log: Vec::new(),
    };
    if let Some(answer) = answers.first() {
        (found.text, found.tokens_output, found.cost_known) = (answer.get(1), answer.get(2), answer.get(3));
        (found.state, found.next_seq) = (answer.get(5), answer.get(6));
        let log = sqlx::query("select seq, kind, text from generation_chunks where generation_id = $1 order by seq")
            .bind(answer.get::<uuid::Uuid, _>(4))
            .fetch_all(connection)
            .await
            .unwrap();
        found.log = log.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    }
    found
}

fn story(name: &str, words: usize) -> String {
    (0..words).map(|number| format!("{name}·{number} ")).collect()
}

impl Found {
    fn ended(&self) -> bool {
        matches!(self.state.as_str(), "completed" | "failed")
    }

    /// No question, no answer that ended, or words of it that are not there.
    fn is_lost(&self, turn: &Turn, expected: Expected) -> bool {
        let words: Vec<_> = self.text.split_whitespace().collect();
        let told = story(&turn.name, expected.words(turn));
        let missing = told.split_whitespace().any(|word| !words.contains(&word));
        self.questions == 0 || self.answers.is_empty() || !self.ended() || missing
    }

    /// A second question, answer or run, or words that are there twice.
    fn is_doubled(&self) -> bool {
        let mut words: Vec<_> = self.text.split_whitespace().collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        self.questions > 1 || self.generations > 1 || self.answers.len() > 1 || words.len() < all
    }

    /// What does not agree, with each other or with what was to come.
    fn wrong(&self, turn: &Turn, expected: Expected) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut must = |what: &str, holds: bool| {
            if !holds {
                wrong.push(what.to_string());
            }
        };
        let text = story(&turn.name, expected.words(turn));
        must(&format!("stored text: {:?}", self.text), self.text == text);
        let whole = self.log.iter().zip(1..).all(|((seq, ..), next)| *seq == next);
        must(
            "numbers of the log",
            whole && self.log.len() as i64 == self.next_seq - 1,
        );
        let ends = self
            .log
            .iter()
            .filter(|(_, kind, _)| matches!(kind.as_str(), "done" | "failed" | "cancelled"));
        must("one end", ends.count() == 1);
        let shown: Vec<_> = turn
            .events
            .iter()
            .map(|event| (event.name.as_str(), text_of(event)))
            .collect();
        let logged: Vec<_> = self
            .log
            .iter()
            .map(|(_, kind, text)| (kind.as_str(), text.as_str()))
            .collect();
        must("what was shown is what is stored", shown == logged);
        let end = turn.events.last().filter(|event| is_end(event));
        let kind = (
            end.map(|end| end.name.as_str()),
            end.and_then(|end| end.data["code"].as_str()),
        );
        let status = self.answers.first().map(String::as_str);
        match expected {
            Expected::Whole | Expected::Uncounted | Expected::Short(_) => {
                must(&format!("the end: {kind:?}"), kind == (Some("done"), None))
            }
            Expected::Failed(code, _) => must(&format!("the end: {kind:?}"), kind == (Some("failed"), Some(code))),
        }
        let failed = matches!(expected, Expected::Failed(..));
        must(
            &format!("status: {status:?}"),
            status == Some(if failed { "failed" } else { "complete" }),
        );
        // of a call that was cut nobody knows how much it wrote
        let cut = turn
            .events
            .iter()
            .any(|event| matches!(event.name.as_str(), "reset" | "seam"));
        let words = (!cut && !matches!(expected, Expected::Uncounted)).then(|| expected.words(turn) as i64);
        must(
            &format!("tokens: {:?}", self.tokens_output),
            failed || self.tokens_output == words,
        );
        must("cost", failed || self.cost_known == words.is_some());
        wrong
    }
}

fn text_of(event: &crate::support::sse::Event) -> &str {
    event.data["text"].as_str().unwrap_or_default()
}

impl Expected {
    fn words(self, turn: &Turn) -> usize {
        match self {
            Self::Whole | Self::Uncounted => turn.words,
            Self::Short(words) | Self::Failed(_, words) => words,
        }
    }
}

/// What the page would show now; `None` when it is what is stored.
async fn over_api(place: &Place, turn: &Turn, found: &Found) -> Option<String> {
    let started = turn.started.as_ref()?;
    let url = place.urls.get(0);
    let path = format!("{url}/api/conversations/{}/messages?limit=100", started.conversation);
    let response = turn.caller.get(path).send().await.ok()?;
    let status = response.status().as_u16();
    let page: Value = response.json().await.unwrap_or_default();
    let messages = page["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<_> = messages
        .iter()
        .filter(|message| message["id"] == started.message.as_str())
        .collect();
    let right = shown.len() == 1
        && shown[0]["content"] == found.text.as_str()
        && Some(shown[0]["status"].as_str().unwrap_or_default()) == found.answers.first().map(String::as_str)
        && shown[0]["siblings"]
            .as_array()
            .is_some_and(|siblings| siblings.len() == 1);
    // a page holds 100 messages
    (!right && messages.len() < 100).then(|| format!("over the API ({status}): {shown:?}"))
}

/// The most frequent course of events, how many took another one, and what else was heard.
fn seen(turns: &[Turn]) -> String {
    let (mut courses, mut refusals, mut cuts) = (BTreeMap::new(), BTreeMap::new(), 0);
    for turn in turns {
        let names = names(&turn.events);
        let mut course = match &names[..] {
            [.., last] if names.len() > 5 => format!("several recoveries, {last}"),
            _ => names.join(" "),
        };
        if let Some(code) = turn.events.last().and_then(|end| end.data["code"].as_str()) {
            let _ = write!(course, " {code}");
        }
        *courses.entry(course).or_insert(0) += 1;
        for (refusal, times) in &turn.refusals {
            *refusals.entry(refusal.clone()).or_insert(0) += times;
        }
        cuts += turn.cuts;
    }
    let mut text = counted(&courses);
    if !refusals.is_empty() {
        let _ = write!(text, "; not taken: {}", counted(&refusals));
    }
    if cuts > 0 {
        let _ = write!(text, "; streams cut: {cuts}");
    }
    text
}

/// `a ×3, b`, the most frequent first, at most three.
fn counted(what: &BTreeMap<String, usize>) -> String {
    let mut all: Vec<_> = what.iter().collect();
    all.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let rest: usize = all.iter().skip(3).map(|(_, times)| **times).sum();
    let mut parts: Vec<_> = all
        .iter()
        .take(3)
        .map(|(what, times)| format!("{what} ×{times}"))
        .collect();
    if rest > 0 {
        parts.push(format!("others ×{rest}"));
    }
    parts.join(", ")
}

/// All rows, and below them why some are not ok.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| scenario | turns | seen | stored | lost | doubled | longest wait | ok |\n|---|---:|---|---|---:|---:|---:|---|\n",
    );
    for row in rows {
        let wait = row
            .silence
            .map_or_else(|| "–".into(), |wait| format!("{:.1} s", wait.as_secs_f64()));
        let ok = match (row.is_ok(), row.turns) {
            (false, _) => "NO",
            (true, 0) => "not run",
            (true, _) => "yes",
        };
        let Row {
            scenario,
            turns,
            seen,
            stored,
            lost,
            doubled,
            ..
        } = row;
        let _ = writeln!(
            text,
            "| {scenario} | {turns} | {seen} | {stored} | {lost} | {doubled} | {wait} | {ok} |"
        );
    }
    for row in rows {
        for wrong in row.wrong.iter().take(5) {
            let _ = writeln!(text, "{}: {wrong}", row.scenario);
        }
    }
    text
}
