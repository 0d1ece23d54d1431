//! An image whose tag can mean something else tomorrow.

use crate::diag::{Diagnostic, Sink, code};
use crate::model::Model;

pub fn check(model: &Model, sink: &mut Sink) {
    for component in model.components.values() {
        for container in component.workloads.values().flat_map(|workload| &workload.containers) {
            let Some(image) = container.image.as_literal() else { continue };
            let name = image.rsplit('/').next().unwrap_or(image);
            let moving = match name.split_once(':') {
                _ if image.contains('@') => false,
                None => true,
                Some((_, tag)) => tag == "latest",
            };
            if moving {
                let message = format!("the image `{image}` can be another one tomorrow");
                let place = component.place_of("image");
                let help = "give it a tag other than `latest`, or a digest";
                sink.push(Diagnostic::warning(code::MOVING_IMAGE, place, message).help(help));
            }
        }
    }
}
