//! The figures of a run, as a table or as JSON.

use crate::{
    Args,
    chat::{First, Outcome},
    process::Used,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};

/// A call as the fake provider's journal has it.
#[derive(Deserialize)]
pub struct Call {
    body: Value,
    at_us: u64,
    first_token_us: Option<u64>,
}

/// What stands above the rows: milliseconds, microseconds of processor per token, megabytes at the end and at most.
pub const HEAD: &str = concat!(
    "                      first token added     token delay   processor per token, µs             memory, MB\n",
    " chats             lost     p50     p99     p50     p99   squad postgr.    fake    load     end    most"
);

/// Microseconds.
struct Spread {
    p50: u64,
    p99: u64,
    max: u64,
}

impl Spread {
    fn of(mut all: Vec<u64>) -> Self {
        all.sort_unstable();
        let at = |part: f64| {
            all.get(((all.len() as f64 * part) as usize).min(all.len().saturating_sub(1)))
                .copied()
        };
        Self {
            p50: at(0.5).unwrap_or(0),
            p99: at(0.99).unwrap_or(0),
            max: at(1.0).unwrap_or(0),
        }
    }

    fn json(&self) -> Value {
        json!({"p50_ms": ms(self.p50), "p99_ms": ms(self.p99), "max_ms": ms(self.max)})
    }
}

fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}

/// Processor seconds, microseconds per token, memory at the end and at its highest in KB.
type Cost = (&'static str, Option<(f64, f64, u64, u64)>);

pub struct Report {
    chats: usize,
    answers_wanted: usize,
    took: Duration,
    outcome: Outcome,
    tokens_wanted: usize,
    /// From the message to the first token, less what the provider took.
    first_added: Spread,
    /// Of that, what lies behind the provider's first token.
    first_behind: Spread,
    token_delay: Spread,
    costs: Vec<Cost>,
}

type Reading = Vec<(&'static str, Option<Used>)>;

impl Report {
    pub fn of(
        args: &Args,
        tokens: usize,
        mut outcome: Outcome,
        calls: &[Call],
        took: Duration,
        before: Reading,
        after: Reading,
    ) -> Self {
        let answers_wanted = args.chats * args.rounds;
        let read = outcome.tokens.max(1) as f64;
        let cost = |(before, after): ((_, Option<Used>), (&'static str, Option<Used>))| {
            let used = before.1.zip(after.1).map(|(before, after): (Used, Used)| {
                let cpu = after.cpu_s - before.cpu_s;
                (cpu, cpu * 1e6 / read, after.memory_kb, after.peak_kb)
            });
            (after.0, used)
        };
        let costs = before.into_iter().zip(after).map(cost).collect();
        let (added, behind) = first_tokens(&outcome.firsts, calls);
        let token_delay = Spread::of(std::mem::take(&mut outcome.delays));
        Self {
            chats: args.chats,
            answers_wanted,
            took,
            outcome,
            tokens_wanted: answers_wanted * tokens,
            first_added: Spread::of(added),
            first_behind: Spread::of(behind),
            token_delay,
            costs,
        }
    }

    pub fn is_good(&self) -> bool {
        let Outcome {
            errors,
            wrong_tokens,
            saved,
            tokens,
            ..
        } = &self.outcome;
        errors.is_empty() && *wrong_tokens == 0 && *saved == self.answers_wanted && *tokens == self.tokens_wanted
    }

    pub fn print(&self, args: &Args) {
        match &args.row {
            Some(name) => {
                println!("{}", self.row(name));
                self.outcome
                    .errors
                    .iter()
                    .take(10)
                    .for_each(|error| eprintln!("error: {error}"));
            }
            None if args.json => println!("{}", self.json()),
            None => self.table(),
        }
    }

    /// What was measured under `name`, as a line below [`HEAD`].
    fn row(&self, name: &str) -> String {
        let Outcome {
            tokens,
            wrong_tokens,
            saved,
            errors,
            ..
        } = &self.outcome;
        let lost = self.tokens_wanted.abs_diff(*tokens) + wrong_tokens + (self.answers_wanted - saved) + errors.len();
        let (first, token) = (&self.first_added, &self.token_delay);
        let times = [first.p50, first.p99, token.p50, token.p99].map(|us| format!("{:>8.1}", ms(us)));
        let per_token = self.costs.iter().map(|(_, used)| match used {
            Some((_, us, ..)) => format!("{us:>8.1}"),
            None => format!("{:>8}", "–"),
        });
        let memory = match self.costs.first() {
            Some((_, Some((.., kb, peak)))) => [kb, peak].map(|kb| format!("{:>8.1}", *kb as f64 / 1024.0)),
            _ => ["–", "–"].map(|none| format!("{none:>8}")),
        };
        let cells: Vec<_> = times.into_iter().chain(per_token).chain(memory).collect();
        format!("{:>6}  {name:<9}{lost:>6}{}", self.chats, cells.join(""))
    }

    fn table(&self) {
        let Outcome {
            tokens,
            wrong_tokens,
            saved,
            errors,
            ..
        } = &self.outcome;
        let seconds = self.took.as_secs_f64();
        println!(
            "{} chats, {} answers, {seconds:.1} s, {:.0} tokens/s",
            self.chats,
            self.answers_wanted,
            *tokens as f64 / seconds
        );
        println!(
            "tokens {tokens} of {}, wrong {wrong_tokens}, answers stored {saved}, errors {}",
            self.tokens_wanted,
            errors.len()
        );
        println!("\n{:<36}{:>10}{:>10}{:>10}", "ms", "p50", "p99", "max");
        for (name, spread) in [
            ("first token, added by the squad", &self.first_added),
            ("  of it behind the provider's first", &self.first_behind),
            ("every token, provider to reader", &self.token_delay),
        ] {
            println!(
                "{name:<36}{:>10.2}{:>10.2}{:>10.2}",
                ms(spread.p50),
                ms(spread.p99),
                ms(spread.max)
            );
        }
        println!("\n{:<36}{:>10}{:>10}{:>10}", "", "CPU s", "µs/token", "MB");
        for (name, used) in &self.costs {
            match used {
                Some((cpu, per_token, kb, _)) => {
                    println!("{name:<36}{cpu:>10.2}{per_token:>10.1}{:>10.1}", *kb as f64 / 1024.0)
                }
                None => println!("{name:<36}{:>10}", "not found"),
            }
        }
        for error in errors.iter().take(10) {
            println!("error: {error}");
        }
    }

    fn json(&self) -> Value {
        let cost = |(name, used): &Cost| {
            let used = used
                .map(|(cpu, us, kb, peak)| json!({"cpu_s": cpu, "us_per_token": us, "memory_kb": kb, "peak_kb": peak}));
            ((*name).to_owned(), used.into())
        };
        json!({
            "good": self.is_good(), "chats": self.chats, "answers": self.answers_wanted, "seconds": self.took.as_secs_f64(),
            "tokens": self.outcome.tokens, "tokens_wanted": self.tokens_wanted, "wrong_tokens": self.outcome.wrong_tokens,
            "saved": self.outcome.saved, "errors": self.outcome.errors,
            "first_added": self.first_added.json(), "first_behind": self.first_behind.json(),
            "token_delay": self.token_delay.json(),
            "processes": self.costs.iter().map(cost).collect::<serde_json::Map<_, Value>>(),
        })
    }
}

/// What was added to the first tokens, in all and behind the provider. An answer whose call the provider does not
/// know counts whole.
fn first_tokens(firsts: &[First], calls: &[Call]) -> (Vec<u64>, Vec<u64>) {
    let mut own = HashMap::new();
    for call in calls {
        let text = last_text(&call.body);
        // The marker is the message's first word, wherever the squad puts the message.
        if let (Some(start), Some(first)) = (text.find("load-"), call.first_token_us) {
            let marker = text[start..].split_whitespace().next().unwrap_or_default().to_owned();
            own.insert(marker, (call.at_us, first));
        }
    }
    let pair = |first: &First| {
        let marker = first.message.split_whitespace().next().unwrap_or_default();
        let total = first.arrived_us.saturating_sub(first.sent_us);
        match own.get(marker) {
            Some((at, sent)) => (total.saturating_sub(sent - at), first.arrived_us.saturating_sub(*sent)),
            None => (total, total),
        }
    };
    firsts.iter().map(pair).unzip()
}

fn last_text(body: &Value) -> String {
    let last = body["messages"].as_array().and_then(|messages| messages.last());
    match last.map(|message| &message["content"]) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => blocks.iter().filter_map(|block| block["text"].as_str()).collect(),
        _ => String::new(),
    }
}
