//! `driftless adopt`: a value that was changed by hand is written into the environment file, and only where that really gives it.

use super::support::shop::{API, FILE, Place, Shop};
use serde_json::json;
use std::path::Path;

const ADDRESS: &str = "git:deploy/dev/compose/compose.yaml";

fn by_hand(shop: &Shop, pairs: &[(&str, &str)]) {
    shop.by_hand("by hand", |at: &Path| {
        let mut text = std::fs::read_to_string(at.join(API)).unwrap();
        for (from, to) in pairs {
            assert!(text.contains(from), "{text}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(at.join(API), text).unwrap();
    });
}

#[test]
fn what_was_changed_by_hand_is_declared_and_no_drift_any_more() {
    let shop = Shop::applied(Place::Here);
    let pairs = [("LOG_LEVEL: info", "LOG_LEVEL: debug"), ("api:1.4.2", "api:1.5.0")];
    by_hand(&shop, &pairs);
    let before = shop.project.read(FILE);
    let adopted = shop.project.run(&["adopt", "dev", ADDRESS, "--output", "json"]).expect(0).json();
    let edit = |path: &str, before: &str, after: &str, line: u32, column: u32| json!({"path": path, "before": before, "after": after, "file": FILE, "line": line, "column": column});
    let expected = json!({
        "format_version": "1.0",
        "kind": "Edits",
        "tool_version": env!("CARGO_PKG_VERSION"),
        "environment": "dev",
        "edits": [
            edit("components.api.with.image", "ghcr.io/shop/api:1.4.2", "ghcr.io/shop/api:1.5.0", 13, 14),
            edit("components.api.with.env.LOG_LEVEL", "info", "debug", 15, 20),
        ],
    });
    assert_eq!(adopted, expected);
    let after = before.replace("1.4.2", "1.5.0").replace("LOG_LEVEL: info", "LOG_LEVEL: debug");
    assert_eq!(shop.project.read(FILE), after);
    shop.project.commit("adopted");
    shop.project.run(&["drift", "dev"]).expect(0);
    shop.project.run(&["plan", "dev", "--detailed-exitcode"]).expect(0);
}

#[test]
fn one_field_is_adopted_and_the_other_is_still_drift() {
    let shop = Shop::applied(Place::Here);
    by_hand(&shop, &[("LOG_LEVEL: info", "LOG_LEVEL: debug"), ("GREETING: hello", "GREETING: hi")]);
    let subject = format!("{ADDRESS}.services.api.environment.GREETING");
    let said = shop.project.run(&["adopt", "dev", &subject]).expect(0);
    assert_eq!(
        (said.out.as_str(), said.err.as_str()),
        ("", "environments/dev.yaml:16:19: components.api.with.env.GREETING: hello -> hi\n")
    );
    shop.project.commit("adopted");
    let drift = shop.project.run(&["drift", "dev", "--output", "json"]).expect(2).json();
    let paths: Vec<_> =
        drift["resources"][0]["fields"].as_array().unwrap().iter().map(|field| &field["path"]).collect();
    assert_eq!(paths, [&json!("services.api.environment.LOG_LEVEL")]);
}

#[test]
fn what_no_input_gives_is_refused_and_nothing_is_written() {
    let shop = Shop::applied(Place::Here);
    let cases = [
        (format!("{ADDRESS}.services.api.restart"), "services.api.restart", "unless-stopped", "always"),
        (format!("{ADDRESS}.name"), "name", "name: shop-dev", "name: other"),
    ];
    by_hand(&shop, &[("restart: unless-stopped", "restart: always"), ("name: shop-dev", "name: other")]);
    let before = shop.project.read(FILE);
    for (subject, field, ..) in cases {
        let refused = shop.project.run(&["adopt", "dev", &subject]).expect(1);
        assert!(refused.err.starts_with("error: ") && refused.err.contains(field), "{}", refused.err);
        assert_eq!(shop.project.read(FILE), before);
    }
    // Of several, one that cannot be adopted leaves all as they were.
    shop.heal();
    by_hand(&shop, &[("restart: unless-stopped", "restart: always"), ("LOG_LEVEL: info", "LOG_LEVEL: debug")]);
    shop.project.run(&["adopt", "dev", ADDRESS]).expect(1);
    assert_eq!(shop.project.read(FILE), before);
    for subject in ["git:deploy/dev/edge/compose.yaml", "git:nowhere", ""] {
        let refused = shop.project.run(&["adopt", "dev", subject]).expect(1);
        let expected = format!(
            "error: nothing differs from Git at `{subject}`\n  help: `driftless drift ENV` lists what differs, with its address\n"
        );
        assert_eq!(refused.err, expected);
    }
}
