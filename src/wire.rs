//! How page and program write to each other: server functions, frames of the feed, the data in a page's first HTML.
//!
//! It is compact text without names: a value's fields stand one after the other in the order of its type. Both ends are
//! always of one build, and reading JSON by names would be a tenth of what a browser loads. Programs of others get JSON
//! (`server/rest`), through the same serde types.
//!
//! `0`/`1`: a flag, and whether an optional value follows · number `,` · length in bytes `,` text · length `,` items ·
//! number of the variant `,` content · floats by their bits · bytes as hexadecimal text. No maps, nothing that needs to
//! look ahead.

use serde::{
    Serialize,
    de::{self, DeserializeOwned, DeserializeSeed, Visitor},
    ser,
};
use std::fmt;

/// Which types stand behind the encoding (`build.rs`). Without names a page of other types would be misread, so the feed
/// and every server function carry it.
pub const MARK: &str = env!("SQUAD_WIRE");

/// Of a server function's body, and of its answer.
pub const CONTENT_TYPE: &str = concat!("application/x-squad-", env!("SQUAD_WIRE"));

/// What the feed says to a page of another mark, in place of a frame.
pub const OUTDATED: &str = "outdated";

/// Why something is not written or read is of no use in a browser: texts about it would be most of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled;

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not in the page's encoding")
    }
}
impl std::error::Error for Garbled {}
impl ser::Error for Garbled {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}
impl de::Error for Garbled {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Worked<T = ()> = Result<T, Garbled>;

pub fn encode<T: Serialize>(value: &T) -> Worked<String> {
    let mut writer = Writer(String::new());
    value.serialize(&mut writer)?;
    Ok(writer.0)
}

pub fn decode<T: DeserializeOwned>(text: &str) -> Worked<T> {
    let mut reader = Reader(text);
    let value = T::deserialize(&mut reader)?;
    if reader.0.is_empty() { Ok(value) } else { Err(Garbled) }
}

struct Writer(String);

impl Writer {
    fn number(&mut self, number: impl ToString) -> Worked {
        self.0.push_str(&number.to_string());
        self.0.push(',');
        Ok(())
    }

    fn length(&mut self, length: Option<usize>) -> Worked {
        self.number(length.ok_or(Garbled)? as u64)
    }

    fn text(&mut self, text: &str) -> Worked {
        self.length(Some(text.len()))?;
        self.0.push_str(text);
        Ok(())
    }
}

macro_rules! numbers {
    ($($name:ident $type:ty => $wide:ident),*) => {
        $(fn $name(self, value: $type) -> Worked { self.number($wide::from(value)) })*
    };
}

impl ser::Serializer for &mut Writer {
    type Ok = ();
    type Error = Garbled;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = ser::Impossible<(), Garbled>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers!(serialize_i8 i8 => i64, serialize_i16 i16 => i64, serialize_i32 i32 => i64, serialize_i64 i64 => i64,
        serialize_u8 u8 => u64, serialize_u16 u16 => u64, serialize_u32 u32 => u64, serialize_u64 u64 => u64);

    fn serialize_bool(self, value: bool) -> Worked {
        self.0.push(if value { '1' } else { '0' });
        Ok(())
    }
    fn serialize_f32(self, value: f32) -> Worked {
        self.number(u64::from(value.to_bits()))
    }
    fn serialize_f64(self, value: f64) -> Worked {
        self.number(value.to_bits())
    }
    fn serialize_char(self, value: char) -> Worked {
        self.text(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, text: &str) -> Worked {
        self.text(text)
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Worked {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.length(Some(bytes.len() * 2))?;
        for byte in bytes {
            self.0.push(char::from(DIGITS[usize::from(byte >> 4)]));
            self.0.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        Ok(())
    }
    fn serialize_none(self) -> Worked {
        self.serialize_bool(false)
    }
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Worked {
        self.0.push('1');
        value.serialize(self)
    }
    fn serialize_unit(self) -> Worked {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Worked {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Worked {
        self.number(u64::from(index))
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Worked {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Worked {
        self.number(u64::from(index))?;
        value.serialize(self)
    }
    fn serialize_seq(self, length: Option<usize>) -> Worked<Self> {
        self.length(length)?;
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Worked<Self> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Worked<Self> {
        Ok(self)
    }
    fn serialize_tuple_variant(self, _: &'static str, index: u32, _: &'static str, _: usize) -> Worked<Self> {
        self.number(u64::from(index))?;
        Ok(self)
    }
    fn serialize_map(self, _: Option<usize>) -> Worked<Self::SerializeMap> {
        Err(Garbled)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Worked<Self> {
        Ok(self)
    }
    fn serialize_struct_variant(self, _: &'static str, index: u32, _: &'static str, _: usize) -> Worked<Self> {
        self.number(u64::from(index))?;
        Ok(self)
    }
}

macro_rules! items {
    ($($trait:ident $method:ident),*) => {$(
        impl ser::$trait for &mut Writer {
            type Ok = ();
            type Error = Garbled;
            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Worked {
                value.serialize(&mut **self)
            }
            fn end(self) -> Worked {
                Ok(())
            }
        }
    )*};
}
items!(SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field);

macro_rules! fields {
    ($($trait:ident),*) => {$(
        impl ser::$trait for &mut Writer {
            type Ok = ();
            type Error = Garbled;
            fn serialize_field<T: ?Sized + Serialize>(&mut self, _: &'static str, value: &T) -> Worked {
                value.serialize(&mut **self)
            }
            /// A field that JSON leaves out: an absent value or a flag that is not set, which look alike here.
            fn skip_field(&mut self, _: &'static str) -> Worked {
                self.0.push('0');
                Ok(())
            }
            fn end(self) -> Worked {
                Ok(())
            }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);

struct Reader<'de>(&'de str);

impl<'de> Reader<'de> {
    fn take(&mut self, length: usize) -> Worked<&'de str> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Garbled)?;
        self.0 = rest;
        Ok(taken)
    }
    fn flag(&mut self) -> Worked<bool> {
        match self.take(1)? {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => Err(Garbled),
        }
    }
    fn digits(&mut self) -> Worked<&'de str> {
        let (digits, rest) = self.0.split_once(',').ok_or(Garbled)?;
        self.0 = rest;
        Ok(digits)
    }
    fn unsigned(&mut self) -> Worked<u64> {
        self.digits()?.parse().map_err(|_| Garbled)
    }
    fn signed(&mut self) -> Worked<i64> {
        self.digits()?.parse().map_err(|_| Garbled)
    }
    fn length(&mut self) -> Worked<usize> {
        usize::try_from(self.unsigned()?).map_err(|_| Garbled)
    }
    fn text(&mut self) -> Worked<&'de str> {
        let length = self.length()?;
        self.take(length)
    }
}

macro_rules! read {
    ($($($name:ident)* => $visit:ident $read:expr;)*) => {
        $($(fn $name<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> { visitor.$visit($read(self)?) })*)*
    };
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Garbled;

    fn is_human_readable(&self) -> bool {
        false
    }

    read! {
        deserialize_bool => visit_bool Reader::flag;
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 => visit_i64 Reader::signed;
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_identifier => visit_u64 Reader::unsigned;
        deserialize_char deserialize_str deserialize_string => visit_borrowed_str Reader::text;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> {
        visitor.visit_f32(f32::from_bits(u32::try_from(self.unsigned()?).map_err(|_| Garbled)?))
    }
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> {
        visitor.visit_f64(f64::from_bits(self.unsigned()?))
    }
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> {
        let digit = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let pairs = self.text()?.as_bytes().chunks(2);
        let bytes = pairs.map(|pair| match *pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        });
        visitor.visit_bytes(&bytes.collect::<Option<Vec<u8>>>().ok_or(Garbled)?)
    }
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> {
        self.deserialize_bytes(visitor)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> {
        if self.flag()? {
            visitor.visit_some(self)
        } else {
            visitor.visit_none()
        }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> {
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Worked<V::Value> {
        visitor.visit_unit()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Worked<V::Value> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Worked<V::Value> {
        let left = self.length()?;
        visitor.visit_seq(Items { reader: self, left })
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Worked<V::Value> {
        visitor.visit_seq(Items { reader: self, left })
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, left: usize, visitor: V) -> Worked<V::Value> {
        visitor.visit_seq(Items { reader: self, left })
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Worked<V::Value> {
        let left = fields.len();
        visitor.visit_seq(Items { reader: self, left })
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Worked<V::Value> {
        visitor.visit_enum(self)
    }
    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Worked<V::Value> {
        Err(Garbled)
    }
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Worked<V::Value> {
        Err(Garbled)
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Worked<V::Value> {
        Err(Garbled)
    }
}

struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_, 'de> {
    type Error = Garbled;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Worked<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> de::EnumAccess<'de> for &mut Reader<'de> {
    type Error = Garbled;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Worked<(T::Value, Self)> {
        Ok((seed.deserialize(&mut *self)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for &mut Reader<'de> {
    type Error = Garbled;

    fn unit_variant(self) -> Worked {
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Worked<T::Value> {
        seed.deserialize(self)
    }
    fn tuple_variant<V: Visitor<'de>>(self, left: usize, visitor: V) -> Worked<V::Value> {
        visitor.visit_seq(Items { reader: self, left })
    }
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Worked<V::Value> {
        let left = fields.len();
        visitor.visit_seq(Items { reader: self, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{
        chat::*,
        coach::CoachId,
        error::*,
        event::{Done, Event},
        feed::*,
        ids::*,
    };
    use std::fmt::Debug;
    use time::OffsetDateTime;
    use uuid::Uuid;

    fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
        let text = encode(value).unwrap();
        assert_eq!(decode::<T>(&text).as_ref(), Ok(value), "{text}");
        // no cut reads as something else, and nothing may follow
        for (end, _) in text.char_indices() {
            assert_eq!(decode::<T>(&text[..end]), Err(Garbled), "{}", &text[..end]);
        }
        assert_eq!(decode::<T>(&format!("{text}0")), Err(Garbled));
    }

    fn message() -> Message {
        Message {
            id: MessageId(Uuid::from_u128(7)),
            parent_id: Some(MessageId(Uuid::max())),
            role: Role::Assistant,
            content: "Hé, 1,2\n\"3\" 🎸".into(),
            coach: Some(CoachId::new("luke")),
            status: MessageStatus::Failed,
            generation_id: None,
            provider: None,
            model: Some(String::new()),
            temperature: None,
            stop_reason: None,
            cached: true,
            resumed: false,
            feedback: Some(Feedback::Down),
            feedback_comment: Some(String::new()),
            usage: Usage {
                input_tokens: Some(i64::MAX),
                output_tokens: Some(-1),
                ..Usage::default()
            },
            cost_usd: Some(0.003_1),
            time_to_first_token_ms: Some(0),
            duration_ms: None,
            routing: Some(Routing {
                coach: CoachId::new("luke"),
                confidence: 0.7,
                why: String::new(),
                by: DecidedBy::Words,
                crisis: false,
            }),
            handoff: None,
            error: Some(Problem::new(ErrorCode::Interrupted, "cut")),
            siblings: vec![MessageId(Uuid::nil()), MessageId(Uuid::from_u128(7))],
            created_at: OffsetDateTime::from_unix_timestamp_nanos(1_790_000_000_123_456_000).unwrap(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        comes_back(&message());
        comes_back(&vec![Some(Event::Done(Done {
            stop_reason: "end".into(),
            cached: false,
            usage: Usage::default(),
            cost_usd: Some(f64::MIN_POSITIVE),
            time_to_first_token_ms: None,
            duration_ms: Some(i64::MIN),
        }))]);
        let generation_id = GenerationId(Uuid::from_u128(1));
        comes_back(&FeedRequest::Watch {
            generation_id,
            after: 3,
        });
        comes_back(&FeedFrame::Event {
            generation_id,
            seq: 9,
            event: Event::Delta { text: "a,0".into() },
        });
        let problem: Result<Option<Message>, Problem> = Err(Problem::new(ErrorCode::NotFound, ""));
        comes_back(&problem);
        comes_back(&(u64::MAX, 'é', -3i8, f32::NEG_INFINITY));
    }

    /// What JSON leaves out stands here as the value it has when it is left out.
    #[test]
    fn fields_that_json_leaves_out_keep_their_place() {
        let mut routing = message().routing.unwrap();
        for crisis in [true, false] {
            routing.crisis = crisis;
            comes_back(&routing);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "x",
            "-",
            "9999999999999999999,",
            "5,é",
            "2,é",
            "18446744073709551615,a",
        ] {
            assert_eq!(decode::<Vec<String>>(text), Err(Garbled), "{text}");
        }
    }
}
