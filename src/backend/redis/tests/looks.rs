//! What is seen, and what cannot be: each reason a gap of that server alone.

use super::*;
use crate::plan::Gap;
use serde_json::json;

fn gaps(observation: &Observation) -> BTreeMap<String, String> {
    observation.gaps.iter().map(|Gap { address, reason }| (address.to_string(), reason.clone())).collect()
}

fn map<const N: usize>(entries: [(&str, Json); N]) -> BTreeMap<String, Json> {
    entries.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

#[tokio::test]
async fn a_server_says_the_same_over_a_stream_and_through_its_own_program() {
    let server = Server::start("c-0", &["--maxmemory", "1gb", "--hz", "1000"]);
    server.cli(&["ACL", "SETUSER", "app", "on", "nopass", "~app:*", "+@read", "-@dangerous"]);
    server.cli(&["ACL", "SETUSER", "eve", "on", "nopass", "+get"]);
    let desired = [
        server.resource("config/maxmemory", &json!("1gb")),
        server.resource("config/hz", &json!(1000)),
        server.resource("config/slave-read-only", &json!("YES")),
        server.resource("config/client-output-buffer-limit", &json!("slave 256mb 64mb 60")),
        server.resource("config/save", &json!("\"\"")),
        server.resource("config/dir", &json!("/elsewhere")),
        server.resource("acl/app", &json!({"rules": "nopass +@read ~app:* -@dangerous"})),
    ];
    let expected = map([
        (
            "redis:c-0/acl/app",
            json!({"enabled": true, "nopass": true, "keys": ["~app:*"], "channels": [], "commands": "+@read -@dangerous"}),
        ),
        ("redis:c-0/acl/eve", json!({"enabled": true, "nopass": true, "keys": [], "channels": [], "commands": "+get"})),
        ("redis:c-0/config/client-output-buffer-limit", json!({"replica": "268435456 67108864 60"})),
        ("redis:c-0/config/dir", json!("/elsewhere")),
        ("redis:c-0/config/hz", json!(1000)),
        ("redis:c-0/config/maxmemory", json!(1_073_741_824)),
        ("redis:c-0/config/replica-read-only", json!("yes")),
        ("redis:c-0/config/save", json!("")),
    ]);
    let programs: Arc<dyn Access> = Arc::new(ProgramsAlone(HostAccess::new(std::env::temp_dir())));
    let patient = Limits { answer: Duration::from_secs(20), ..limits() };
    let through_program = RedisBackend::new("compose", programs).with_limits(patient);
    let (stream, program) = (look(&backend(), &desired).await, look(&through_program, &desired).await);
    assert_eq!(gaps(&stream), BTreeMap::new());
    assert_eq!(bodies(&stream), expected);
    assert_eq!(program, stream);
    let findings: Vec<_> = stream.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(findings, ["redis:c-0/config/hz: the server keeps hz between 1 and 500: 1000 is 500 there"]);
    assert!(!stream.resources[&"redis:c-0/acl/eve".parse().unwrap()].ours);
}

#[tokio::test]
async fn what_cannot_be_asked_is_a_gap_of_its_own_server_with_the_reason() {
    let well = Server::start("c-0", &[]);
    let gone = Server::start("c-1", &[]);
    gone.stop();
    let hangs = Server::start("c-2", &[]);
    hangs.signal("-STOP");
    let closed = Server::start("c-3", &["--requirepass", "theirs"]);
    let poor = Server::start("c-4", &[]);
    poor.cli(&["ACL", "SETUSER", "reader", "on", ">pw", "-@all", "+ping", "+info"]);
    let managed = Server::start("c-5", &["--rename-command", "CONFIG", ""]);
    let unknown = Server::start("c-6", &[]);
    let servers = [&well, &gone, &hangs, &closed, &poor, &managed];
    let mut desired: Vec<Resource> =
        servers.iter().map(|server| server.resource("config/maxmemory", &json!(0))).collect();
    desired.push(unknown.resource("config/made-up", &json!("x")));
    desired[3].carriers[0].reach.as_mut().unwrap().login = login("default", "wrong".into());
    desired[4].carriers[0].reach.as_mut().unwrap().login = login("reader", "pw".into());
    let seen = look(&backend(), &desired).await;
    hangs.signal("-CONT");
    assert_eq!(bodies(&seen), map([("redis:c-0/config/maxmemory", json!(0))]));
    let expected: BTreeMap<String, String> = [
        ("c-1/config/maxmemory", "nothing listens on its port: connection refused"),
        ("c-2/config/maxmemory", "it does not answer within 0.5 s"),
        (
            "c-3/config/maxmemory",
            "it does not let `default` in: WRONGPASS invalid username-password pair or user is disabled.",
        ),
        (
            "c-4/config/maxmemory",
            "it does not tell its configuration: NOPERM this user has no permissions to run the 'config|get' command",
        ),
        ("c-5/config/maxmemory", "it does not tell its configuration: "),
        ("c-6/config/made-up", "this server does not know `made-up`, or does not show it"),
    ]
    .map(|(path, reason)| (format!("redis:{path}"), reason.to_owned()))
    .into_iter()
    .collect();
    let found = gaps(&seen);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (address, reason) in &found {
        assert!(reason.starts_with(&expected[address]), "{address}: {reason}");
    }
}

#[tokio::test]
async fn a_password_is_never_asked_for_and_a_login_without_one_is_a_gap() {
    let server = Server::start("c-0", &["--masterauth", "canary-9"]);
    let auth = server.resource_of_tree("config/masterauth", Tree::Text(secret("p")));
    let other = server.resource("config/maxmemory", &json!(0));
    let seen = look(&backend(), &[auth.clone(), other.clone()]).await;
    assert_eq!(seen.resources[&auth.address].body, auth.body);
    assert!(!format!("{seen:?}").contains("canary"));
    let mut locked = other;
    locked.carriers[0].reach.as_mut().unwrap().login = login("app", secret("away"));
    let reason = "the password of `app` cannot be had: away: the source does not answer".to_owned();
    assert_eq!(
        gaps(&look(&backend(), &[locked.clone()]).await),
        BTreeMap::from([(locked.address.to_string(), reason)])
    );
}

#[tokio::test]
async fn a_hundred_servers_are_asked_at_once() {
    let server = Server::start("c-0", &[]);
    let resource = |at: usize| {
        let mut resource = server.resource("config/maxmemory", &json!(0));
        resource.address = format!("redis:c-{at}/config/maxmemory").parse().unwrap();
        resource
    };
    let desired: Vec<Resource> = (0..100).map(resource).collect();
    let start = Instant::now();
    let seen = look(&backend(), &desired).await;
    assert_eq!((seen.resources.len(), seen.gaps.len()), (100, 0));
    // One after the other, waiting for each, would be far from it.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_narrow_look_asks_only_who_is_meant() {
    let (well, gone) = (Server::start("c-0", &[]), Server::start("c-1", &[]));
    gone.stop();
    let desired = [&well, &gone].map(|server| server.resource("config/maxmemory", &json!(0)));
    let only = ["redis:c-0/config/maxmemory".to_owned()];
    let (supply, applied) = (Secrets::of(&[]), BTreeMap::new());
    let request =
        ObserveRequest { environment: ENVIRONMENT, desired: &desired, applied: &applied, only: &only, supply: &supply };
    let seen = backend().observe(&context(&Silent), request).await.unwrap();
    assert_eq!((bodies(&seen).into_keys().collect::<Vec<_>>(), gaps(&seen)), (only.to_vec(), BTreeMap::new()));
}
