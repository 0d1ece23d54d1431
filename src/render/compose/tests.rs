use super::*;
use crate::model::fixture;

struct NoTemplates;

impl Templates for NoTemplates {
    fn get(&self, _name: &str) -> Option<&str> {
        None
    }
}

fn render(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let rendered = Compose.render(model, &model.instances["compose"], &NoTemplates, &mut sink);
    (rendered, sink)
}

#[test]
fn tmp() {
    let (rendered, sink) = render(&fixture::shop("compose", Tree::from([("project", Tree::text("shop-staging"))])));
    println!("{}", rendered.files.files["compose.yaml"].content);
    for loss in &rendered.losses {
        println!("LOSS {loss:?}");
    }
    for d in sink.iter() {
        println!("DIAG {d:?}");
    }
    for r in &rendered.resources {
        println!("{}", serde_json::to_string(r).unwrap());
    }
}
