//! What joins roles: the playbook, the inventory, variables of all hosts, collections.

use super::role::{Role, map, words};
use super::task::document;
use crate::render::yaml::{Entry, Item, Line, Node};

/// `site.yml`: a play for each component, in the order of dependency.
pub fn site(header: &str, roles: &[Role]) -> String {
    let mut plays: Vec<Item> = Vec::new();
    for role in roles {
        plays.push(play(
            role,
            &role.play.name,
            Node::List(vec![map([("role", Node::from(role.name.as_str()))]).into()]),
        ));
        for (name, tasks_from) in &role.play.further {
            plays.push(further_play(role, name, tasks_from));
        }
    }
    for play in plays.iter_mut().skip(1) {
        play.before.push(Line::Blank);
    }
    document(header, &Node::List(plays))
}

fn head(role: &Role, name: &str) -> Vec<Entry> {
    vec![
        Entry::new("name", name),
        Entry::new("hosts", role.name.as_str()),
        Entry::new("become", Node::Bool(true)),
        Entry::new("gather_facts", Node::Bool(false)),
        Entry::new("tags", words([role.name.clone()])),
    ]
}

fn play(role: &Role, name: &str, roles: Node) -> Item {
    let mut entries = head(role, name);
    if let Some(serial) = role.play.serial {
        entries.push(Entry::new("serial", Node::Int(i64::from(serial))));
    }
    entries.push(Entry::new("roles", roles));
    Node::Map(entries).into()
}

fn further_play(role: &Role, name: &str, tasks_from: &str) -> Item {
    let import = map([("name", Node::from(role.name.as_str())), ("tasks_from", Node::from(tasks_from))]);
    let task = map([("name", Node::from(name)), ("ansible.builtin.import_role", import)]);
    let mut entries = head(role, name);
    entries.push(Entry::new("tasks", Node::List(vec![task.into()])));
    Node::Map(entries).into()
}

/// `inventory.yml`: a group for each component.
pub fn inventory(header: &str, roles: &[Role]) -> String {
    let group = |role: &Role| {
        let hosts = role.play.hosts.iter().map(|host| Entry::new(host, Node::Map(Vec::new()))).collect();
        Entry::new(role.name.as_str(), map([("hosts", Node::Map(hosts))])).above(Line::Comment(role.play.about.clone()))
    };
    let groups = roles.iter().map(group).collect();
    document(header, &map([("all", map([("children", Node::Map(groups))]))]))
}

/// `requirements.yml`: the collections that the roles call.
pub fn requirements(header: &str) -> String {
    let docker = map([("name", Node::from("community.docker")), ("version", Node::from(">=4.0.0"))]);
    document(header, &map([("collections", Node::List(vec![docker.into()]))]))
}

/// `group_vars/all.yml`: what the roles share.
pub fn group_variables(header: &str, network: &str) -> String {
    let entry = Entry::new("driftless_network", network)
        .above(Line::Comment("The Docker network that all containers of the environment are on.".into()));
    document(header, &Node::Map(vec![entry]))
}

/// `ansible.cfg`: what `ansible-playbook site.yml` needs in this folder.
pub fn configuration(header: &str, has_inventory: bool) -> String {
    let inventory = if has_inventory { "inventory = inventory.yml\n" } else { "" };
    format!("{header}[defaults]\n{inventory}roles_path = roles\n")
}
