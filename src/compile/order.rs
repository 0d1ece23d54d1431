//! Order by dependency, and circles.

use crate::diag::{Diagnostic, Span, code};
use indexmap::IndexMap;

/// What comes after what.
#[derive(Debug, Default)]
pub struct Graph {
    before: IndexMap<String, Vec<(String, Span)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Done,
    /// Part of a circle, or after one.
    Stuck,
}

impl Graph {
    /// Adds a component and those that come before it, with the places that say so.
    pub fn add(&mut self, name: &str, before: impl Iterator<Item = (String, Span)>) {
        let known = self.before.entry(name.to_owned()).or_default();
        for (of, span) in before {
            if known.iter().all(|(known, _)| *known != of) {
                known.push((of, span));
            }
        }
    }

    /// The components, each after those before it, else in the order in which they were added; and the circles. What is part of a circle, or
    /// after one, is left out.
    pub fn sort(&self) -> (Vec<String>, Vec<Diagnostic>) {
        let mut walk =
            Walk { graph: self, marks: IndexMap::new(), sorted: Vec::new(), open: Vec::new(), cycles: Vec::new() };
        for name in self.before.keys() {
            walk.visit(name);
        }
        (walk.sorted, walk.cycles)
    }
}

struct Walk<'a> {
    graph: &'a Graph,
    marks: IndexMap<&'a str, Mark>,
    sorted: Vec<String>,
    /// The way to where the walk is: each component, and the place that led on from it.
    open: Vec<(&'a str, Span)>,
    cycles: Vec<Diagnostic>,
}

impl<'a> Walk<'a> {
    /// Visits a component; whether it could be put in order.
    fn visit(&mut self, name: &'a str) -> bool {
        let Some((name, before)) = self.graph.before.get_key_value(name) else { return true };
        match self.marks.get(name.as_str()) {
            Some(Mark::Done) => return true,
            Some(Mark::Stuck) => return false,
            Some(Mark::Open) => {
                self.cycle(name);
                return false;
            }
            None => {}
        }
        self.marks.insert(name, Mark::Open);
        let mut sorted = true;
        for (of, span) in before {
            self.open.push((name, *span));
            sorted &= self.visit(of);
            self.open.pop();
        }
        self.marks.insert(name, if sorted { Mark::Done } else { Mark::Stuck });
        if sorted {
            self.sorted.push(name.clone());
        }
        sorted
    }

    fn cycle(&mut self, name: &str) {
        let Some(at) = self.open.iter().position(|(open, _)| *open == name) else { return };
        let circle = &self.open[at..];
        let names: Vec<_> = circle.iter().map(|(name, _)| *name).chain(std::iter::once(name)).collect();
        let message = if circle.len() == 1 {
            format!("`{name}` refers to itself")
        } else {
            format!("components wait for each other in a circle: {}", names.join(" -> "))
        };
        let mut places = circle.iter().zip(&names[1..]);
        let Some(((_, first), _)) = places.next() else { return };
        let diagnostic = Diagnostic::error(code::COMPONENT_CYCLE, *first, message);
        let labelled = places.fold(diagnostic, |diagnostic, ((name, span), of)| {
            diagnostic.label(*span, format!("`{name}` waits for `{of}`"))
        });
        self.cycles.push(labelled.help("one of them must do without the other's output"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;

    fn sorted(edges: &[(&str, &[&str])]) -> (Vec<String>, Vec<String>) {
        let mut graph = Graph::default();
        for (name, before) in edges {
            let span = Span::start_of(FileId(0));
            graph.add(name, before.iter().map(|of| ((*of).to_owned(), span)));
        }
        let (sorted, cycles) = graph.sort();
        (sorted, cycles.into_iter().map(|cycle| cycle.message).collect())
    }

    #[test]
    fn each_comes_after_what_it_refers_to_and_circles_are_named_once() {
        let (order, cycles) = sorted(&[("a", &["c"]), ("b", &[]), ("c", &["b"]), ("d", &["nowhere"])]);
        assert_eq!((order, cycles), (["b", "c", "a", "d"].map(String::from).to_vec(), vec![]));
        let (order, cycles) = sorted(&[("x", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("y", &[])]);
        assert_eq!(order, ["y"]);
        assert_eq!(cycles, ["components wait for each other in a circle: a -> b -> c -> a"]);
        assert_eq!(sorted(&[("a", &["a"])]).1, ["`a` refers to itself"]);
    }
}
