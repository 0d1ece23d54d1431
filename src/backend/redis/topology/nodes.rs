//! `CLUSTER NODES` as one member sees it.

/// One node as another sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// Its address; empty: not known.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The host name that it announces.
    pub hostname: Option<String>,
    /// `myself`, `master`, `slave`, `fail`, `fail?`, `handshake`, `noaddr`.
    pub flags: Vec<String>,
    /// The id of its master.
    pub master: Option<String>,
    /// The epoch of its configuration.
    pub epoch: u64,
    /// Whether there is a link to it.
    pub connected: bool,
    /// Its slots: first and last.
    pub slots: Vec<(u16, u16)>,
    /// Slots on their way out (to whom) of this node itself.
    pub migrating: Vec<(u16, String)>,
    /// Slots on their way in (from whom) to this node itself.
    pub importing: Vec<(u16, String)>,
}

impl Seen {
    /// Whether it has a flag.
    pub fn is(&self, flag: &str) -> bool {
        self.flags.iter().any(|one| one == flag)
    }

    /// How many slots it has.
    pub fn count(&self) -> u32 {
        self.slots.iter().map(|(first, last)| u32::from(last.saturating_sub(*first)) + 1).sum()
    }

    /// All its slots, one by one.
    pub fn each_slot(&self) -> impl DoubleEndedIterator<Item = u16> {
        self.slots.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// The first label of the host name that it announces: the name of a member.
    pub fn label(&self) -> Option<&str> {
        self.hostname.as_deref()?.split('.').next().filter(|label| !label.is_empty())
    }
}

/// All nodes in an answer; lines that cannot be read are left out.
pub fn nodes(text: &str) -> Vec<Seen> {
    text.lines().filter_map(node).collect()
}

fn node(line: &str) -> Option<Seen> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [id, address, flags, master, _ping, _pong, epoch, link, slots @ ..] = words.as_slice() else { return None };
    let mut parts = address.split(',');
    let place = parts.next()?.split('@').next()?;
    let (host, port) = place.rsplit_once(':')?;
    let hostname = parts.next().filter(|name| !name.is_empty() && !name.contains('=')).map(str::to_owned);
    let mut seen = Seen {
        id: (*id).to_owned(),
        host: host.to_owned(),
        port: port.parse().ok()?,
        hostname,
        flags: flags.split(',').map(str::to_owned).collect(),
        master: (*master != "-").then(|| (*master).to_owned()),
        epoch: epoch.parse().ok()?,
        connected: *link == "connected",
        ..Seen::default()
    };
    for slot in slots {
        seen.take(slot)?;
    }
    Some(seen)
}

impl Seen {
    fn take(&mut self, text: &str) -> Option<()> {
        if let Some(open) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if let Some((slot, id)) = open.split_once("->-") {
                self.migrating.push((slot.parse().ok()?, id.to_owned()));
            } else if let Some((slot, id)) = open.split_once("-<-") {
                self.importing.push((slot.parse().ok()?, id.to_owned()));
            }
            return Some(());
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        self.slots.push((first.parse().ok()?, last.parse().ok()?));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_what_is_unknown_is_no_trouble() {
        let text = "a 10.0.0.1:6379@16379,c-0.x,shard-id=1 myself,master - 0 1 7 connected 0-5 9 [5->-b] [77-<-c]\n\
                    b :0@0 slave,noaddr a 0 0 3 disconnected\nrubbish\nc ::1:6380@16380 fail,master - 0 0 0 connected\n";
        let found = nodes(text);
        let expected = Seen {
            id: "a".into(),
            host: "10.0.0.1".into(),
            port: 6379,
            hostname: Some("c-0.x".into()),
            flags: vec!["myself".into(), "master".into()],
            epoch: 7,
            connected: true,
            slots: vec![(0, 5), (9, 9)],
            migrating: vec![(5, "b".into())],
            importing: vec![(77, "c".into())],
            ..Seen::default()
        };
        assert_eq!(found[0], expected);
        assert_eq!((found[0].count(), found[0].label()), (7, Some("c-0")));
        assert_eq!((found[1].master.as_deref(), found[1].is("noaddr"), found[1].label()), (Some("a"), true, None));
        assert_eq!((found.len(), found[2].host.as_str(), found[2].port), (3, "::1", 6380));
    }
}
