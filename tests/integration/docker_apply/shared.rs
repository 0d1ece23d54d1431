//! Containers that share what another one has: its namespace, a network, a volume.

use super::place::{FILE, Place};
use super::support::engine::Engine;
use serde_json::Value as Json;

/// A service that lives in the network of another one.
const SIDE: &str = "  side:
    module: service
    with:
      image: local/docker-apply:1
      command: [sh, -c, \"trap exit TERM; while :; do sleep 1; done\"]
      needs: {api: started}
    patch:
      compose: {\"services.side\": {network_mode: \"service:api\", networks: null}}
";

#[track_caller]
fn assert_shares(place: &Place<'_>) {
    let [api, side] = ["api-1", "side-1"].map(|name| place.engine.inspect(&place.called(name)));
    let mode = format!("container:{}", api["Id"].as_str().unwrap());
    assert_eq!((&side["HostConfig"]["NetworkMode"], &side["State"]["Running"]), (&Json::from(mode), &true.into()));
    // In the namespace of now, not in one that is gone.
    let addresses = |name: &str| place.docker(&format!("exec PROJECT-{name} ip -o -4 address"));
    assert_eq!(addresses("side-1"), addresses("api-1"));
    assert!(addresses("side-1").contains("eth0"), "{}", addresses("side-1"));
}

#[test]
fn what_shares_a_namespace_goes_with_it() {
    let place = Place::new(Engine::shared());
    let text = place.project.read(FILE) + SIDE;
    place.project.write(FILE, text);
    place.run(&["apply", "dev", "--yes"]).expect(0);
    assert_shares(&place);
    place.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: debug");
    place.run(&["apply", "dev", "--yes"]).expect(0);
    assert_shares(&place);
    place.assert_in_sync();
    for by_hand in ["stop -t 0 PROJECT-api-1", "rm --force PROJECT-api-1"] {
        place.docker(by_hand);
        place.run(&["apply", "dev", "--yes"]).expect(0);
        assert_shares(&place);
        place.assert_in_sync();
    }
    place.assert_as_compose_has_it();
}

#[test]
fn a_network_that_is_made_anew_keeps_its_containers() {
    let place = Place::applied(Engine::shared());
    let subnet = place.engine.subnet();
    let patch = format!(
        "    patch:\n      compose: {{\"networks.dev\": {{ipam: {{config: [{{subnet: {subnet}}}]}}}}}}\n  web:\n"
    );
    place.project.edit(FILE, "  web:\n", &patch);
    place.run(&["apply", "dev", "--yes"]).expect(0);
    let network = place.engine.inspect(&place.called("dev"));
    assert_eq!(network["IPAM"]["Config"][0]["Subnet"], subnet.as_str());
    assert_eq!(network["Containers"].as_object().unwrap().len(), 3, "{network}");
    place.assert_in_sync();
    place.assert_as_compose_has_it();
}

#[test]
fn a_component_that_is_renamed_keeps_its_data() {
    let place = Place::applied(Engine::shared());
    place.docker("exec PROJECT-api-1 sh -c umask\t077;echo\tkept>/var/data/kept");
    let text = place.project.read(FILE);
    let renamed = text.replace("  api:\n", "  app:\n").replace("{api: started}", "{app: started}");
    place.project.write(FILE, renamed + "moved: [{from: api, to: app}]\n");
    place.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!(place.docker("exec PROJECT-app-1 cat /var/data/kept"), "kept");
    assert_eq!(place.docker("exec PROJECT-app-1 stat -c %a /var/data/kept"), "600");
    let mut names: Vec<_> = place.containers().into_keys().collect();
    names.retain(|name| name != "init-1");
    assert_eq!(names, ["app-1", "web-1", "web-2"]);
    place.project.edit(FILE, "moved: [{from: api, to: app}]\n", "");
    place.assert_in_sync();
}
