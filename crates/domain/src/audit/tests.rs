//! What a hash over an event must prove.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::canonical::{FORMAT_VERSION, canonical_bytes, leaf_hash};
use super::record::AuditRecord;

type Chained = (AuditRecord, Option<[u8; 32]>);

fn text() -> impl Strategy<Value = String> {
    // Short texts over few letters meet each other often; the rest is any Unicode.
    prop_oneof!["[ab]{0,3}", "\\PC{0,12}"]
}

prop_compose! {
    fn actors()(
        actor_id in option::of(text()),
        actor_roles in vec(text(), 0..3),
        organisation_id in option::of(text()),
        session_id in option::of(text()),
        request_id in option::of(text()),
        network in option::of(text()),
    ) -> AuditRecord {
        AuditRecord {
            actor_id, actor_roles, organisation_id, session_id, request_id, network,
            ..AuditRecord::default()
        }
    }
}

prop_compose! {
    fn acts()(
        actors in actors(),
        (id, at_us) in (text(), any::<i64>()),
        (action, operation, outcome) in (text(), text(), text()),
        refusal_code in option::of(text()),
        purpose in option::of(text()),
        permitted_by in option::of(text()),
        basis_id in option::of(text()),
    ) -> AuditRecord {
        AuditRecord {
            id, at_us, action, operation, outcome, refusal_code, purpose, permitted_by, basis_id,
            ..actors
        }
    }
}

prop_compose! {
    fn records()(
        acts in acts(),
        object_type in option::of(text()),
        object_id in option::of(text()),
        object_version in option::of(any::<i64>()),
        (case_id, case_seq) in (option::of(text()), option::of(any::<i64>())),
        fields in vec(text(), 0..4),
        (shown_count, shown_ids) in (option::of(any::<i64>()), vec(text(), 0..4)),
        commitments in vec((text(), any::<[u8; 32]>()), 0..3),
    ) -> AuditRecord {
        AuditRecord {
            object_type, object_id, object_version, case_id, case_seq, fields, shown_count,
            shown_ids, commitments,
            ..acts
        }
    }
}

fn chained() -> impl Strategy<Value = Chained> {
    (records(), option::of(any::<[u8; 32]>()))
}

/// Reads canonical bytes back. That it can be written, and gives back every event, is the proof
/// that no two events share their bytes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (head, rest) = self.0.split_first_chunk::<N>().unwrap();
        self.0 = rest;
        *head
    }

    fn length(&mut self) -> usize {
        usize::try_from(u64::from_be_bytes(self.take())).unwrap()
    }

    fn field(&mut self, tag: u8) -> &mut Self {
        assert_eq!(self.take::<1>(), [tag]);
        self
    }

    fn text(&mut self) -> String {
        let length = self.length();
        let (head, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8(head.to_vec()).unwrap()
    }

    fn number(&mut self) -> i64 {
        i64::from_be_bytes(self.take())
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        match self.take::<1>() {
            [0] => None,
            [1] => Some(read(self)),
            _ => panic!("neither absent nor present"),
        }
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.length()).map(|_| read(self)).collect()
    }
}

fn read(bytes: &[u8]) -> Chained {
    let mut reader = Reader(bytes);
    assert_eq!(reader.take::<1>(), [FORMAT_VERSION]);
    let record = AuditRecord {
        id: reader.field(1).text(),
        at_us: reader.field(2).number(),
        actor_id: reader.field(3).optional(Reader::text),
        actor_roles: reader.field(4).list(Reader::text),
        organisation_id: reader.field(5).optional(Reader::text),
        session_id: reader.field(6).optional(Reader::text),
        action: reader.field(7).text(),
        operation: reader.field(8).text(),
        outcome: reader.field(9).text(),
        refusal_code: reader.field(10).optional(Reader::text),
        purpose: reader.field(11).optional(Reader::text),
        object_type: reader.field(12).optional(Reader::text),
        object_id: reader.field(13).optional(Reader::text),
        object_version: reader.field(14).optional(Reader::number),
        case_id: reader.field(15).optional(Reader::text),
        case_seq: reader.field(16).optional(Reader::number),
        permitted_by: reader.field(17).optional(Reader::text),
        basis_id: reader.field(18).optional(Reader::text),
        fields: reader.field(19).list(Reader::text),
        shown_count: reader.field(20).optional(Reader::number),
        shown_ids: reader.field(21).list(Reader::text),
        request_id: reader.field(22).optional(Reader::text),
        network: reader.field(23).optional(Reader::text),
        commitments: reader.field(24).list(|reader| (reader.text(), reader.take())),
    };
    let prev_hash = reader.field(25).optional(Reader::take);
    assert!(reader.0.is_empty());
    (record, prev_hash)
}

/// One way to change each field of a record.
const CHANGES: [fn(&mut AuditRecord); 24] = [
    |record| record.id.push('x'),
    |record| record.at_us ^= 1,
    |record| change(&mut record.actor_id),
    |record| record.actor_roles.push(String::new()),
    |record| change(&mut record.organisation_id),
    |record| change(&mut record.session_id),
    |record| record.action.push('x'),
    |record| record.operation.push('x'),
    |record| record.outcome.push('x'),
    |record| change(&mut record.refusal_code),
    |record| change(&mut record.purpose),
    |record| change(&mut record.object_type),
    |record| change(&mut record.object_id),
    |record| change_number(&mut record.object_version),
    |record| change(&mut record.case_id),
    |record| change_number(&mut record.case_seq),
    |record| change(&mut record.permitted_by),
    |record| change(&mut record.basis_id),
    |record| record.fields.push(String::new()),
    |record| change_number(&mut record.shown_count),
    |record| record.shown_ids.push(String::new()),
    |record| change(&mut record.request_id),
    |record| change(&mut record.network),
    |record| record.commitments.push((String::new(), [0; 32])),
];

/// The smallest change: an absent text becomes an empty one, an empty one becomes absent.
fn change(text: &mut Option<String>) {
    match text {
        None => *text = Some(String::new()),
        Some(present) if present.is_empty() => *text = None,
        Some(present) => present.push('x'),
    }
}

fn change_number(number: &mut Option<i64>) {
    *number = match *number {
        None => Some(0),
        Some(0) => None,
        Some(number) => Some(number ^ 1),
    };
}

proptest! {
    #[test]
    fn every_event_can_be_read_back_from_its_bytes((record, prev_hash) in chained()) {
        let bytes = canonical_bytes(&record, prev_hash.as_ref());
        prop_assert!(read(&bytes) == (record, prev_hash));
    }

    #[test]
    fn changing_any_one_field_changes_the_hash((record, prev_hash) in chained()) {
        let hash = leaf_hash(&canonical_bytes(&record, prev_hash.as_ref()));
        for change in CHANGES {
            let mut changed = record.clone();
            change(&mut changed);
            prop_assert_ne!(hash, leaf_hash(&canonical_bytes(&changed, prev_hash.as_ref())));
        }
    }

    #[test]
    fn the_event_before_is_part_of_the_hash(record in records(), prev in any::<[u8; 32]>(), bit in 0..256_usize) {
        let mut other = prev;
        other[bit / 8] ^= 1 << (bit % 8);
        let with = |hash| leaf_hash(&canonical_bytes(&record, hash));
        prop_assert_ne!(with(Some(&prev)), with(Some(&other)));
        prop_assert_ne!(with(Some(&prev)), with(None));
    }

    #[test]
    fn items_cannot_move_between_the_texts_of_a_list(items in vec("[a-z]{1,4}", 2..5)) {
        let joined = AuditRecord { fields: vec![items.concat()], ..AuditRecord::default() };
        let apart = AuditRecord { fields: items, ..AuditRecord::default() };
        prop_assert_ne!(canonical_bytes(&joined, None), canonical_bytes(&apart, None));
    }
}

#[test]
fn letters_cannot_move_from_one_field_to_the_next() {
    let one = AuditRecord { action: "ab".into(), operation: "c".into(), ..AuditRecord::default() };
    let other =
        AuditRecord { action: "a".into(), operation: "bc".into(), ..AuditRecord::default() };

    assert_ne!(canonical_bytes(&one, None), canonical_bytes(&other, None));
}

#[test]
fn the_order_of_a_list_is_part_of_the_hash() {
    let one = AuditRecord { fields: vec!["a".into(), "b".into()], ..AuditRecord::default() };
    let other = AuditRecord { fields: vec!["b".into(), "a".into()], ..AuditRecord::default() };

    assert_ne!(canonical_bytes(&one, None), canonical_bytes(&other, None));
}

/// RFC 6962, section 2.1: the hash of a leaf, on the empty entry (first vector of the reference
/// implementation of Certificate Transparency).
#[test]
fn a_leaf_is_hashed_as_certificate_transparency_does() {
    assert_eq!(
        hex(&leaf_hash(b"")),
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
}

fn acceptance() -> AuditRecord {
    AuditRecord {
        id: "9f2c7c1e-4b1d-4a7e-8a51-0d6a5c3e2b10".into(),
        at_us: 1_767_225_600_123_456,
        actor_id: Some("3d1f0f5c-8f5e-4f0e-9d0a-5b8f4f0c7a21".into()),
        actor_roles: vec!["service_provider_worker".into()],
        organisation_id: Some("org-7".into()),
        session_id: None,
        action: "referral.accept".into(),
        operation: "update".into(),
        outcome: "success".into(),
        refusal_code: None,
        purpose: Some("care".into()),
        object_type: Some("referral".into()),
        object_id: Some("ref-1".into()),
        object_version: Some(3),
        case_id: Some("case-1".into()),
        case_seq: Some(12),
        permitted_by: Some("offered_to_organisation".into()),
        basis_id: Some("consent-1".into()),
        fields: vec!["state".into(), "accepted_by".into()],
        shown_count: None,
        shown_ids: vec![],
        request_id: Some("req-1".into()),
        network: Some("192.0.2.0/24".into()),
        commitments: vec![("accepted_by".into(), [0xab; 32])],
    }
}

/// If this fails, the hashes of events that are already stored can no longer be recomputed.
#[test]
fn the_canonical_form_is_pinned() {
    let bytes = canonical_bytes(&acceptance(), Some(&[0xcd; 32]));

    assert_eq!(
        hex(&bytes),
        "0101000000000000002439663263376331652d346231642d346137652d386135312d306436613563\
         3365326231300200064748462222400301000000000000002433643166306635632d386635652d34\
         6630652d396430612d35623866346630633761323104000000000000000100000000000000177365\
         72766963655f70726f76696465725f776f726b6572050100000000000000056f72672d3706000700\
         0000000000000f726566657272616c2e616363657074080000000000000006757064617465090000\
         000000000007737563636573730a000b010000000000000004636172650c01000000000000000872\
         6566657272616c0d0100000000000000057265662d310e0100000000000000030f01000000000000\
         0006636173652d311001000000000000000c110100000000000000176f6666657265645f746f5f6f\
         7267616e69736174696f6e12010000000000000009636f6e73656e742d3113000000000000000200\
         000000000000057374617465000000000000000b61636365707465645f6279140015000000000000\
         0000160100000000000000057265712d311701000000000000000c3139322e302e322e302f323418\
         0000000000000001000000000000000b61636365707465645f6279ababababababababababababab\
         ababababababababababababababababababab1901cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\
         cdcdcdcdcdcdcdcdcdcdcdcdcd"
    );
    assert_eq!(
        hex(&leaf_hash(&bytes)),
        "522f615143d81c2a973867e727c7aa018d1e666a334c346c3dcc6d08de0b22fb"
    );
}

#[test]
fn debug_prints_neither_people_nor_places() {
    let record = acceptance();
    let printed = format!("{record:?}");

    assert!(printed.contains("referral.accept"));
    for hidden in [record.actor_id, record.network, record.case_id, record.object_id] {
        assert!(!printed.contains(&hidden.unwrap()));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
