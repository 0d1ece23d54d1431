use super::*;
use crate::model::{Tree, fixture};

struct BuiltIn;

impl Templates for BuiltIn {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}

fn render(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let instance = model.instances.get("ansible").unwrap();
    (Ansible.render(model, instance, &BuiltIn, &mut sink), sink)
}

#[test]
fn dump() {
    let (rendered, sink) = render(&fixture::shop("ansible", Tree::map()));
    for d in sink.iter() { eprintln!("{d:?}"); }
    for l in &rendered.losses { eprintln!("{}", l.message); }
    for (path, file) in &rendered.files.files {
        let path = std::path::Path::new("/tmp/ansout").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.content).unwrap();
    }
}
