use super::*;
use crate::plan::Options;
use crate::plan::fixture::World;
use serde_json::json;

fn saved() -> (Plan, Vec<u8>) {
    let mut world = World::new();
    world.declare("cache-0", &json!({"memory": 2, "f": 1.5, "text": "a\"b\u{e9}\n", "none": null}));
    world.apply("cache-0", &json!({"memory": 1}));
    world.live("cache-0", &json!({"memory": 1}));
    world.declare("new", &json!({"$value": []}));
    world.artifacts.insert("compose.yaml".into(), "services: {}\n".into());
    let plan = world.plan(Options::default()).unwrap();
    let bytes = encode(&plan).unwrap();
    (plan, bytes)
}

#[test]
fn a_plan_reads_back_and_its_digest_is_that_of_its_content() {
    let (plan, bytes) = saved();
    assert_eq!(decode(&bytes).unwrap(), (plan.clone(), digest(&plan).unwrap()));
    assert_eq!(encode(&decode(&bytes).unwrap().0).unwrap(), bytes);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with(r#"{"format_version":"1.0","kind":"SavedPlan","tool_version":""#), "{text}");
}

#[test]
fn whatever_byte_is_flipped_it_is_refused() {
    let (_, bytes) = saved();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            assert!(decode(&altered).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn wherever_it_is_cut_or_padded_it_is_refused() {
    let (_, bytes) = saved();
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in 0..=bytes.len() {
        for space in [b' ', b'\n', b'\t'] {
            let mut padded = bytes.clone();
            padded.insert(at, space);
            assert!(decode(&padded).is_err(), "padded at {at}");
        }
    }
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let (_, bytes) = saved();
    let text = String::from_utf8(bytes).unwrap();
    for newer in ["2.0", "1.1"] {
        let altered = text.replacen("\"1.0\"", &format!("\"{newer}\""), 1);
        assert_eq!(decode(altered.as_bytes()), Err(PlanFileError::NewerFormat { found: newer.into() }));
    }
    let other = text.replacen("SavedPlan", "Plan", 1);
    assert_eq!(decode(other.as_bytes()), Err(PlanFileError::Damaged("it is no SavedPlan".into())));
    assert_eq!(decode(b"{}").unwrap_err().code().0, "DL0516");
}
