use super::*;
use crate::model::fixture;
use crate::render::Target;
use crate::render::terraform::Terraform;

struct NoTemplates;

impl Templates for NoTemplates {
    fn get(&self, _name: &str) -> Option<&str> {
        None
    }
}

fn render(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let rendered = Terraform.render(model, &model.instances["terraform"], &NoTemplates, &mut sink);
    (rendered, sink)
}

#[test]
fn tmp() {
    let (rendered, sink) = render(&fixture::shop("terraform", Tree::from([("project", Tree::text("shop-staging"))])));
    for (path, file) in &rendered.files.files {
        let path = std::path::Path::new("/tmp/tfd").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.content).unwrap();
    }
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
