use super::*;

const USER: Uuid = Uuid::from_u128(0xbf96_7aba_0de6_11d0_a285_00aa_0030_49e2);
const GROUP: Uuid = Uuid::from_u128(0xbf96_7a9c_0de6_11d0_a285_00aa_0030_49e2);
const READ: Want = Want { mask: READ_PROPERTY, object: None };
const BELOW: u8 = CONTAINER_INHERIT;

fn sid(last: u32) -> Vec<u8> {
    let mut bytes = vec![1, 2, 0, 0, 0, 0, 0, 5];
    bytes.extend(21_u32.to_le_bytes());
    bytes.extend(last.to_le_bytes());
    bytes
}

fn who(last: u32) -> Sid {
    Sid::read(&sid(last)).expect("an identifier")
}

fn ace(kind: u8, flags: u8, mask: u32, types: [Option<Uuid>; 2], last: u32) -> Vec<u8> {
    let mut body = mask.to_le_bytes().to_vec();
    if matches!(kind, ALLOWED_OBJECT | DENIED_OBJECT) {
        let present = u32::from(types[0].is_some()) | u32::from(types[1].is_some()) << 1;
        body.extend(present.to_le_bytes());
        types.iter().flatten().for_each(|uuid| body.extend(uuid.to_bytes_le()));
    }
    body.extend(sid(last));
    let mut bytes = vec![kind, flags];
    bytes.extend(u16::try_from(body.len() + 4).expect("short").to_le_bytes());
    bytes.extend(body);
    bytes
}

fn bytes_of(aces: &[Vec<u8>]) -> Vec<u8> {
    let list = aces.concat();
    let mut bytes = vec![1, 0, 0x04, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 4, 0];
    bytes.extend(u16::try_from(list.len() + 8).expect("short").to_le_bytes());
    bytes.extend(u16::try_from(aces.len()).expect("few").to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(list);
    bytes
}

fn descriptor(aces: &[Vec<u8>]) -> SecurityDescriptor {
    SecurityDescriptor::read(&bytes_of(aces)).expect("a descriptor")
}

#[test]
fn an_identifier_is_shown_as_people_write_it() {
    assert_eq!(format!("{:?}", who(513)), "S-1-5-21-513");
    assert_eq!(Sid::read(&sid(513)[..12]), None);
}

#[test]
fn rights_go_to_those_who_are_named_and_to_nobody_else() {
    let one = descriptor(&[ace(ALLOWED, 0, READ_PROPERTY, [None; 2], 7)]);
    assert!(one.allows(&[who(6), who(7)], READ, Place::Itself));
    assert!(!one.allows(&[who(6)], READ, Place::Itself));
    assert!(!one.allows(&[who(7)], READ, Place::Below(Some(USER))), "nobody inherits it");
    assert!(!one.allows(&[who(7)], Want { mask: FULL_CONTROL, object: None }, Place::Itself));
}

#[test]
fn only_the_class_that_is_named_inherits() {
    let one = descriptor(&[ace(ALLOWED_OBJECT, BELOW | INHERIT_ONLY, READ_PROPERTY, [None, Some(USER)], 7)]);
    assert!(one.allows(&[who(7)], READ, Place::Below(Some(USER))));
    assert!(!one.allows(&[who(7)], READ, Place::Below(Some(GROUP))));
    assert!(!one.allows(&[who(7)], READ, Place::Below(None)), "not every class");
    assert!(!one.allows(&[who(7)], READ, Place::Itself));
    let short = descriptor(&[ace(ALLOWED, BELOW | NO_PROPAGATE, READ_PROPERTY, [None; 2], 7)]);
    assert!(!short.allows(&[who(7)], READ, Place::Below(None)), "children alone inherit it");
}

#[test]
fn a_right_for_one_property_is_none_for_all() {
    let property = Some(Uuid::from_u128(5));
    let one = descriptor(&[ace(ALLOWED_OBJECT, 0, READ_PROPERTY, [property, None], 7)]);
    assert!(!one.allows(&[who(7)], READ, Place::Itself));
    assert!(one.allows(&[who(7)], Want { object: property, ..READ }, Place::Itself));
}

#[test]
fn the_first_entry_that_says_something_decides() {
    let (allow, deny) =
        (ace(ALLOWED, 0, READ_PROPERTY, [None; 2], 7), ace(DENIED, 0, READ_PROPERTY, [None; 2], 8));
    let both = [who(7), who(8)];
    assert!(!descriptor(&[deny.clone(), allow.clone()]).allows(&both, READ, Place::Itself));
    assert!(descriptor(&[allow.clone(), deny.clone()]).allows(&both, READ, Place::Itself));
    let part = ace(DENIED_OBJECT, 0, READ_PROPERTY, [Some(Uuid::from_u128(5)), None], 7);
    assert!(!descriptor(&[part, allow]).allows(&both, READ, Place::Itself), "who may not read a part");
}

#[test]
fn rights_add_up_and_generic_ones_are_what_they_stand_for() {
    let want = Want { mask: CREATE_CHILD | DELETE_CHILD, object: Some(USER) };
    let halves = [
        ace(ALLOWED_OBJECT, BELOW, CREATE_CHILD, [Some(USER), None], 7),
        ace(ALLOWED, BELOW, DELETE_CHILD, [None; 2], 8),
    ];
    assert!(descriptor(&halves).allows(&[who(7), who(8)], want, Place::Itself));
    assert!(!descriptor(&halves).allows(&[who(7)], want, Place::Below(None)));
    let generic = descriptor(&[ace(ALLOWED, 0, 0x1000_0000, [None; 2], 7)]);
    assert!(generic.allows(&[who(7)], Want { mask: FULL_CONTROL, object: None }, Place::Itself));
    let audit = descriptor(&[ace(2, 0, FULL_CONTROL, [None; 2], 7)]);
    assert!(!audit.allows(&[who(7)], READ, Place::Itself), "an audit allows nothing");
}

#[test]
fn without_a_list_everybody_may() {
    let mut bytes = bytes_of(&[]);
    assert!(!SecurityDescriptor::read(&bytes).expect("a descriptor").allows(&[who(7)], READ, Place::Itself));
    bytes[2] = 0;
    assert!(SecurityDescriptor::read(&bytes).expect("a descriptor").allows(&[], READ, Place::Itself));
}

#[test]
fn half_a_descriptor_is_none_and_altered_bytes_harm_nobody() {
    let whole = bytes_of(&[
        ace(ALLOWED_OBJECT, BELOW, READ_PROPERTY, [Some(USER), Some(GROUP)], 7),
        ace(DENIED, 0, READ_PROPERTY, [None; 2], 8),
    ]);
    for length in 0..whole.len() {
        assert_eq!(SecurityDescriptor::read(&whole[..length]), None, "{length}");
    }
    for place in 0..whole.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut altered = whole.clone();
            altered[place] = value;
            if let Some(read) = SecurityDescriptor::read(&altered) {
                let _whatever = read.allows(&[who(7)], READ, Place::Below(None));
            }
        }
    }
}
