//! The Secret that the chart makes where whoever installs it gives the values.

use super::chart::{Chart, path};
use super::expression::{go_text, joined, reference};
use crate::model::Value;
use crate::render::yaml;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The template; none where nothing refers to a secret. Without any value it renders nothing: the Secret is expected to be there.
pub fn template(chart: &mut Chart<'_>, secrets: &BTreeMap<String, Value>) -> Option<String> {
    let mut given: Vec<String> = Vec::new();
    let mut entries = String::new();
    for (key, value) in secrets {
        let parts: Vec<_> = value.parts().to_vec();
        let secret = parts.iter().filter_map(crate::render::kubernetes::secret::key);
        let conditions: Vec<_> = secret.map(|name| reference(&path(&["secrets", "values", &name]))).collect();
        let condition =
            if let [single] = conditions.as_slice() { single.clone() } else { format!("and {}", conditions.join(" ")) };
        let expression = joined(value, &mut |part| chart.part(part));
        // Writing to a string cannot fail.
        let _ = write!(
            entries,
            "  {{{{- if {condition} }}}}\n  {}: {{{{ {expression} | quote }}}}\n  {{{{- end }}}}\n",
            yaml::scalar(key)
        );
        given.extend(conditions.into_iter().filter(|condition| !given.contains(condition)).collect::<Vec<_>>());
    }
    let condition = if let [single] = given.as_slice() { single.clone() } else { format!("or {}", given.join(" ")) };
    (!given.is_empty()).then(|| {
        format!(
            "{{{{- if {condition} }}}}\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {{{{ .Values.secrets.name | quote }}}}\n  \
             namespace: {{{{ .Release.Namespace }}}}\n  labels:\n    {{{{- include {} (dict \"release\" .Release) | nindent 4 }}}}\ntype: Opaque\n\
             stringData:\n{entries}{{{{- end }}}}\n",
            go_text(&format!("{}.labels", chart.name))
        )
    })
}
