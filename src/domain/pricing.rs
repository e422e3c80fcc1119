//! What an answer cost.

use crate::{config::models::ModelFacts, types::chat::Usage};
use rust_decimal::{Decimal, RoundingStrategy};

/// Decimals of a dollar that are kept.
const DECIMALS: u32 = 6;

/// US dollars, or `None` when a price or a counter it needs is not known; never 0 for unknown.
///
/// `input_tokens` excludes tokens read from or written to the cache. Providers without a cache do not send its
/// counters, so beside a known `input_tokens` a missing one means that no token went through it.
pub fn cost(usage: &Usage, facts: &ModelFacts) -> Option<Decimal> {
    let price = facts.price.as_ref()?;
    let input = usage.input_tokens?;
    let output = usage.output_tokens?;
    let cache_read = usage.cache_read_tokens.unwrap_or(0);
    let cache_write = usage.cache_write_tokens.unwrap_or(0);
    let prompt = times(input, Some(price.input))?
        + times(cache_write, price.cache_write)?
        + times(cache_read, price.cache_read)?;
    let answer = times(output, Some(price.output))?;
    let (input_factor, output_factor) = match &price.long_prompt {
        Some(long) if input + cache_read + cache_write > long.above => (long.input_factor, long.output_factor),
        _ => (Decimal::ONE, Decimal::ONE),
    };
    let dollars = (prompt * input_factor + answer * output_factor) / Decimal::from(1_000_000);
    Some(dollars.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointAwayFromZero))
}

/// No token costs nothing, whatever the price.
fn times(tokens: i64, price: Option<Decimal>) -> Option<Decimal> {
    if tokens == 0 {
        Some(Decimal::ZERO)
    } else {
        Some(Decimal::from(tokens) * price?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::models::Catalogue;

    fn usage(input: i64, output: i64, read: i64, write: i64) -> Usage {
        Usage {
            input_tokens: Some(input),
            output_tokens: Some(output),
            cache_read_tokens: Some(read),
            cache_write_tokens: Some(write),
        }
    }

    fn dollars(provider: &str, model: &str, usage: Usage) -> Option<String> {
        cost(&usage, &Catalogue::bundled().unwrap().model(provider, model)).map(|cost| cost.normalize().to_string())
    }

    #[test]
    fn figures_computed_by_hand() {
        let figures = [
            // 1,000 × 0.10 + 500 × 0.50 = 350; / 1,000,000
            ("anthropic", "claude-haiku-5-5", usage(1_000, 500, 0, 0), "0.00035"),
            // 200 × 2 + 300 × 10 + 4,000 × 0.10 + 1,000 × 2.5 = 400 + 3,000 + 400 + 2,500
            (
                "anthropic",
                "claude-sonnet-5-5",
                usage(200, 300, 4_000, 1_000),
                "0.0063",
            ),
            // 1 × 0.10 + 1 × 0.50 = 0.6 millionths, rounded to one
            ("anthropic", "claude-haiku-5-5", usage(1, 1, 0, 0), "0.000001"),
            // exactly 100,000 prompt tokens: 10,000 × 0.10 + 80,000 × 0.01 + 10,000 × 0.125 + 1,000 × 0.50
            (
                "anthropic",
                "claude-haiku-5-5",
                usage(10_000, 1_000, 80_000, 10_000),
                "0.00355",
            ),
            // one more is five times as much: (1,000.1 + 800 + 1,250 + 500) × 5 = 17,750.5
            (
                "anthropic",
                "claude-haiku-5-5",
                usage(10_001, 1_000, 80_000, 10_000),
                "0.017751",
            ),
            // above 272,000: 300,000 × 0.10 × 2 + 1,000 × 0.50 × 1.5 = 60,000 + 750
            ("openai", "gpt-6-luna", usage(300_000, 1_000, 0, 0), "0.06075"),
            ("demo", "demo", usage(40, 90, 0, 0), "0"),
        ];
        for (provider, model, usage, expected) in figures {
            assert_eq!(
                dollars(provider, model, usage).as_deref(),
                Some(expected),
                "{model} {usage:?}"
            );
        }
    }

    #[test]
    fn unknown_is_never_zero() {
        let known = usage(10, 10, 0, 0);
        assert_eq!(dollars("openai", "llama3.2:3b", known), None);
        assert_eq!(dollars("openai", "gpt-6-sol", known), None);
        let haiku = |usage| dollars("anthropic", "claude-haiku-5-5", usage);
        assert_eq!(
            haiku(Usage {
                output_tokens: None,
                ..known
            }),
            None
        );
        assert_eq!(
            haiku(Usage {
                input_tokens: None,
                ..known
            }),
            None
        );
        assert_eq!(
            haiku(Usage {
                cache_read_tokens: None,
                cache_write_tokens: None,
                ..known
            })
            .as_deref(),
            Some("0.000006")
        );
    }
}
