use super::*;
use crate::model::fixture;
use crate::render::yaml;

#[test]
fn print() {
    let model = fixture::shop("helm", Tree::map());
    let mut sink = Sink::default();
    let (_, lowered) = lower(&model, &model.instances["helm"], Manager::Helm, "helm", &mut sink);
    for object in &lowered.objects {
    }
}
