//! The encoding of messages: numbers as LEB128, texts and bytes with their length before them, lists with their count.
//! Names of attributes, which come again with every entry of a page, are written once a message and referred to after.
//!
//! An encoding of our own, because a reading through an agent may cost little more than a direct one: entries are
//! most of what travels, and this writes and reads them without a step between.

use std::borrow::Cow;

/// Bytes that are no message of this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other end sent what is no message of this protocol: {0}")]
pub struct Malformed(pub &'static str);

/// A message being written.
#[derive(Debug, Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
    names: Vec<Vec<u8>>,
    /// The name that came after this one the last time.
    expected: usize,
}

impl Writer {
    pub fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Writes into memory that is there already, behind what is in it.
    pub fn over(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push((number as u8) | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub fn slice(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// A name that is likely to come again in this message: 0 and the name, or its place counted from 1.
    pub fn name(&mut self, name: &[u8]) {
        let known = if self.names.get(self.expected).is_some_and(|known| known == name) {
            Some(self.expected)
        } else {
            self.names.iter().position(|known| known == name)
        };
        if let Some(place) = known {
            self.number(place as u64 + 1);
            self.expected = place + 1;
        } else {
            self.number(0);
            self.slice(name);
            if self.names.len() < MOST_NAMES {
                self.names.push(name.to_owned());
            }
            self.expected = self.names.len();
        }
    }
}

/// Names that a message refers to; more are written out.
const MOST_NAMES: usize = 512;

/// A message being read.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    names: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, names: Vec::new() }
    }

    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.bytes.split_first().ok_or(Malformed("it ends too early"))?;
        self.bytes = rest;
        Ok(*first)
    }

    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed("a number is too large"))
    }

    pub fn slice(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.number()?).map_err(|_| Malformed("a length is too large"))?;
        let (slice, rest) = self.bytes.split_at_checked(length).ok_or(Malformed("it ends too early"))?;
        self.bytes = rest;
        Ok(slice)
    }

    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.slice()?).map_err(|_| Malformed("a text is not UTF-8"))
    }

    pub fn name(&mut self) -> Result<&'a str, Malformed> {
        match self.number()? {
            0 => {
                let name = self.text()?;
                if self.names.len() < MOST_NAMES {
                    self.names.push(name);
                }
                Ok(name)
            }
            place => {
                let place = usize::try_from(place - 1).unwrap_or(usize::MAX);
                self.names.get(place).copied().ok_or(Malformed("a name was not given before"))
            }
        }
    }

    pub const fn left(&self) -> usize {
        self.bytes.len()
    }

    /// Everything that is left.
    pub const fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes;
        self.bytes = &[];
        rest
    }

    /// Nothing may come after a message.
    pub const fn end(&self) -> Result<(), Malformed> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Malformed("it goes on after its end")) }
    }
}

/// What can be written into a message and read from it.
pub trait Wire: Sized {
    fn put(&self, to: &mut Writer);
    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed>;
}

impl Wire for u64 {
    fn put(&self, to: &mut Writer) {
        to.number(*self);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.number()
    }
}

impl Wire for u32 {
    fn put(&self, to: &mut Writer) {
        to.number(u64::from(*self));
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.number()?.try_into().map_err(|_| Malformed("a number is too large"))
    }
}

impl Wire for bool {
    fn put(&self, to: &mut Writer) {
        to.bytes.push(u8::from(*self));
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        match from.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("neither yes nor no")),
        }
    }
}

impl Wire for String {
    fn put(&self, to: &mut Writer) {
        to.slice(self.as_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.text().map(str::to_owned)
    }
}

impl Wire for Cow<'static, str> {
    fn put(&self, to: &mut Writer) {
        to.slice(self.as_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        String::take(from).map(Self::Owned)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, to: &mut Writer) {
        self.is_some().put(to);
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        if bool::take(from)? { T::take(from).map(Some) } else { Ok(None) }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        for value in self {
            value.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = count(from)?;
        let mut list = Self::with_capacity(count.min(MOST_AT_ONCE));
        for _ in 0..count {
            list.push(T::take(from)?);
        }
        Ok(list)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, to: &mut Writer) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok((A::take(from)?, B::take(from)?))
    }
}

/// Elements of a list that room is made for before they come.
pub const MOST_AT_ONCE: usize = 4_096;

/// How many elements follow. Each takes a byte at least, so that a lie costs no memory.
pub fn count(from: &mut Reader<'_>) -> Result<usize, Malformed> {
    let count = usize::try_from(from.number()?).unwrap_or(usize::MAX);
    if count <= from.left() { Ok(count) } else { Err(Malformed("a list is longer than its message")) }
}

/// [`Wire`] for structs: their fields one after the other.
macro_rules! fields {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {$(
        impl $crate::wire::Wire for $name {
            fn put(&self, to: &mut $crate::wire::Writer) {
                $($crate::wire::Wire::put(&self.$field, to);)+
            }

            fn take(from: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::Malformed> {
                Ok(Self { $($field: $crate::wire::Wire::take(from)?),+ })
            }
        }
    )+};
}
pub(crate) use fields;

/// [`Wire`] for enums whose members have fields or none: a number that never changes, then the fields.
macro_rules! tagged {
    ($name:ident { $($tag:literal => $variant:ident $({ $($field:ident),+ $(,)? })?),+ $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn put(&self, to: &mut $crate::wire::Writer) {
                match self {
                    $(Self::$variant $({ $($field),+ })? => {
                        to.bytes.push($tag);
                        $($($crate::wire::Wire::put($field, to);)+)?
                    })+
                }
            }

            fn take(from: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::Malformed> {
                match from.byte()? {
                    $($tag => Ok(Self::$variant $({ $($field: $crate::wire::Wire::take(from)?),+ })?),)+
                    _ => Err($crate::wire::Malformed(concat!("an unknown ", stringify!($name)))),
                }
            }
        }
    };
}
pub(crate) use tagged;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_and_larger_ones_than_there_are_do_not() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut writer = Writer::default();
            writer.number(number);
            let mut reader = Reader::new(&writer.bytes);
            assert_eq!((reader.number(), reader.end()), (Ok(number), Ok(())));
        }
        assert!(Reader::new(&[0xff; 12]).number().is_err());
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]).number().is_err());
    }

    #[test]
    fn a_name_that_comes_again_takes_a_byte() {
        let mut writer = Writer::default();
        let names = ["cn", "sAMAccountName", "cn", "sAMAccountName", "mail", "cn"];
        for name in names {
            writer.name(name.as_bytes());
        }
        assert_eq!(writer.bytes.len(), 4 + 16 + 1 + 1 + 6 + 1);
        let mut reader = Reader::new(&writer.bytes);
        for name in names {
            assert_eq!(reader.name(), Ok(name));
        }
        assert_eq!(Reader::new(&[3]).name(), Err(Malformed("a name was not given before")));
    }

    #[test]
    fn more_names_than_are_remembered_are_written_out() {
        let names: Vec<String> = (0..MOST_NAMES + 50).map(|number| format!("attribute{number}")).collect();
        let mut writer = Writer::default();
        for name in names.iter().chain(&names) {
            writer.name(name.as_bytes());
        }
        let mut reader = Reader::new(&writer.bytes);
        for name in names.iter().chain(&names) {
            assert_eq!(reader.name(), Ok(name.as_str()));
        }
    }

    #[test]
    fn a_list_that_lies_about_its_length_is_refused_before_room_is_made() {
        let mut writer = Writer::default();
        writer.number(u64::MAX);
        assert!(Vec::<String>::take(&mut Reader::new(&writer.bytes)).is_err());
    }
}
