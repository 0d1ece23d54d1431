use super::*;
use crate::model::{Tree, fixture};

struct BuiltIn;

impl Templates for BuiltIn {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "helm/_helpers.tpl.j2" => Some(include_str!("../../../templates/helm/_helpers.tpl.j2")),
            "helm/NOTES.txt.j2" => Some(include_str!("../../../templates/helm/NOTES.txt.j2")),
            "helm/helmignore.j2" => Some(include_str!("../../../templates/helm/helmignore.j2")),
            _ => None,
        }
    }
}

#[test]
fn print() {
    let model = fixture::shop("helm", Tree::map());
    let mut sink = Sink::default();
    let rendered = Helm.render(&model, &model.instances["helm"], &BuiltIn, &mut sink);
    let out = std::path::Path::new("/tmp/kubechart");
    for (path, file) in &rendered.files.files {
        let path = out.join("chart").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.content).unwrap();
    }
    let objects: Vec<_> = rendered.resources.iter().filter(|r| r.address.kind() == "kubernetes").map(|r| r.body.to_public_json()).collect();
    std::fs::write(out.join("objects.json"), serde_json::to_string_pretty(&objects).unwrap()).unwrap();
    assert!(sink.is_empty(), "{sink:?}");
}
