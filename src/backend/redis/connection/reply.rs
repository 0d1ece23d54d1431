//! What a server answers, whatever the protocol.

/// A reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    #[default]
    Nil,
    /// A number.
    Int(i64),
    /// Text or bytes.
    Text(Vec<u8>),
    /// Several.
    List(Vec<Reply>),
    /// What it says where it refuses: `NOPERM this user ...`.
    Error(String),
}

impl Reply {
    /// The text; that of a number too.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Int(number) => Some(number.to_string()),
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    /// The elements.
    pub fn list(&self) -> &[Self] {
        if let Self::List(list) = self { list } else { &[] }
    }

    /// The elements as texts.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.list().iter().filter_map(Self::text)
    }

    /// The elements as names and values.
    pub fn pairs(&self) -> impl Iterator<Item = (String, &Self)> {
        self.list().chunks_exact(2).filter_map(|pair| Some((pair[0].text()?, &pair[1])))
    }
}
