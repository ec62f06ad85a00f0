//! Frames: what a message is cut into, so that a large answer keeps no small one waiting, and compressed on its way.
//!
//! A frame is a byte of flags, the number of its stream (the request's id, or 0 for what belongs to none) and bytes.
//! Frames of one stream come in their order; those of different streams may come between.

use std::collections::HashMap;

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

use crate::wire::{Malformed, Reader, Writer};

/// Bytes of a message that go into one frame.
const PIECE: usize = 256 * 1024;
/// A frame is never larger than this.
pub const LARGEST_FRAME: usize = PIECE + PIECE / 16 + 64;
/// Most bytes of a frame before what it carries.
const HEAD: usize = 16;
/// Shorter ones are not compressed: there is nothing to gain.
const WORTH_COMPRESSING: usize = 512;
/// Bytes of unfinished messages that one end may make the other keep. The largest message is a page with one group:
/// a million members with names of two hundred characters.
const MOST_UNFINISHED: usize = 256 * 1024 * 1024;
/// Streams with unfinished messages.
const MOST_STREAMS: usize = 4_096;

const LAST: u8 = 1;
const COMPRESSED: u8 = 2;

/// The stream of what belongs to no request.
pub const COMMON: u32 = 0;

/// The frames of a message, in order. `room` is where pieces are compressed: who sends many messages keeps it.
pub fn cut<'m>(stream: u32, message: &'m [u8], room: &'m mut Vec<u8>) -> impl Iterator<Item = Vec<u8>> + 'm {
    let pieces = message.len().div_ceil(PIECE).max(1);
    (0..pieces).map(move |number| {
        let start = number * PIECE;
        let piece = &message[start..message.len().min(start + PIECE)];
        frame(stream, piece, number + 1 == pieces, room)
    })
}

/// A frame waits for the socket, and has no more memory than it needs.
fn frame(stream: u32, piece: &[u8], last: bool, room: &mut Vec<u8>) -> Vec<u8> {
    let last = if last { LAST } else { 0 };
    let mut compressed = None;
    if piece.len() >= WORTH_COMPRESSING {
        room.resize(get_maximum_output_size(piece.len()), 0);
        // The room is the largest that can be needed, so that it cannot fail; if it did, the piece goes as it is.
        compressed = compress_into(piece, room).ok().filter(|length| *length < piece.len());
    }
    let length = compressed.unwrap_or(piece.len());
    let mut to = Writer::with_room(length + HEAD);
    if compressed.is_some() {
        to.bytes.push(last | COMPRESSED);
        to.number(u64::from(stream));
        to.number(piece.len() as u64);
        to.bytes.extend_from_slice(&room[..length]);
    } else {
        to.bytes.push(last);
        to.number(u64::from(stream));
        to.bytes.extend_from_slice(piece);
    }
    to.bytes
}

/// Puts frames together to messages.
#[derive(Debug, Default)]
pub struct Joiner {
    unfinished: HashMap<u32, Vec<u8>>,
    bytes: usize,
}

impl Joiner {
    /// Takes a frame; gives the message that it completes, with its stream.
    pub fn take(&mut self, frame: &[u8]) -> Result<Option<(u32, Vec<u8>)>, Malformed> {
        let mut from = Reader::new(frame);
        let flags = from.byte()?;
        if flags & !(LAST | COMPRESSED) != 0 {
            return Err(Malformed("a frame has flags that there are not"));
        }
        let stream =
            u32::try_from(from.number()?).map_err(|_| Malformed("a stream has too large a number"))?;
        let mut message = self.unfinished.remove(&stream).unwrap_or_default();
        self.bytes -= message.len();
        if flags & COMPRESSED != 0 {
            let length = usize::try_from(from.number()?).unwrap_or(usize::MAX);
            if length > PIECE {
                return Err(Malformed("a frame is larger than it may be"));
            }
            let start = message.len();
            message.resize(start + length, 0);
            let written = decompress_into(from.rest(), &mut message[start..])
                .map_err(|_| Malformed("a frame cannot be unpacked"))?;
            if written != length {
                return Err(Malformed("a frame has another length than it says"));
            }
        } else if from.left() <= PIECE {
            message.extend_from_slice(from.rest());
        } else {
            return Err(Malformed("a frame is larger than it may be"));
        }
        if flags & LAST != 0 {
            return Ok(Some((stream, message)));
        }
        self.bytes += message.len();
        if self.bytes > MOST_UNFINISHED || self.unfinished.len() >= MOST_STREAMS || message.is_empty() {
            return Err(Malformed("there are more unfinished messages than there may be"));
        }
        self.unfinished.insert(stream, message);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        (0..length)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .collect()
    }

    #[test]
    fn messages_of_any_length_survive_whether_they_can_be_compressed_or_not() {
        for length in [0, 1, WORTH_COMPRESSING, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            for message in [vec![b'a'; length], noise(length)] {
                let mut joiner = Joiner::default();
                let frames: Vec<Vec<u8>> = cut(9, &message, &mut Vec::new()).collect();
                assert!(frames.iter().all(|frame| frame.len() <= LARGEST_FRAME));
                let (last, before) = frames.split_last().expect("a frame");
                assert!(before.iter().all(|frame| joiner.take(frame) == Ok(None)));
                assert_eq!(joiner.take(last), Ok(Some((9, message))));
                assert_eq!((joiner.bytes, joiner.unfinished.len()), (0, 0));
            }
        }
    }

    #[test]
    fn a_small_message_overtakes_a_large_one() {
        let (large, small) = (noise(2 * PIECE), b"small".to_vec());
        let mut joiner = Joiner::default();
        let mut room = Vec::new();
        let mut frames = cut(1, &large, &mut room);
        assert_eq!(joiner.take(&frames.next().expect("a frame")), Ok(None));
        assert_eq!(
            joiner.take(&cut(2, &small, &mut Vec::new()).next().expect("a frame")),
            Ok(Some((2, small.clone())))
        );
        assert_eq!(joiner.take(&frames.next().expect("a frame")), Ok(Some((1, large.clone()))));
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let good: Vec<u8> = cut(1, &vec![b'a'; 4_000], &mut Vec::new()).next().expect("a frame");
        let mut longer = good.clone();
        // The raw length, after flags and stream: two bytes of LEB128.
        longer[2] ^= 1;
        for wrong in [&[][..], &[4, 1], &[1], &good[..10], &longer, &[2, 1, 0xff, 0xff, 0xff, 0x7f, 0]] {
            assert!(Joiner::default().take(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn unfinished_messages_are_bounded() {
        let piece = frame(1, &vec![b'a'; PIECE], false, &mut Vec::new());
        let mut joiner = Joiner::default();
        let taken = (0..=MOST_UNFINISHED / PIECE).take_while(|_| joiner.take(&piece).is_ok()).count();
        assert_eq!(taken, MOST_UNFINISHED / PIECE);
        let mut joiner = Joiner::default();
        let mut taken = |stream| joiner.take(&frame(stream, b"a", false, &mut Vec::new())).is_ok();
        let streams = (1..10_000).take_while(|stream| taken(*stream)).count();
        assert_eq!(streams, MOST_STREAMS);
    }
}
