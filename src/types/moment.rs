//! Times on the wire, for `#[serde(with = …)]`: RFC 3339 where people read, seconds and microseconds in the page's own
//! encoding, so that the page carries no reader of dates.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use time::OffsetDateTime;

pub fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        time::serde::rfc3339::serialize(at, serializer)
    } else {
        (at.unix_timestamp(), at.microsecond()).serialize(serializer)
    }
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    if deserializer.is_human_readable() {
        return time::serde::rfc3339::deserialize(deserializer);
    }
    let (seconds, microseconds) = <(i64, u32)>::deserialize(deserializer)?;
    let at = OffsetDateTime::from_unix_timestamp(seconds);
    at.and_then(|at| at.replace_microsecond(microseconds))
        .map_err(|_| D::Error::custom("no time"))
}
