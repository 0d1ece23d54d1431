//! Stage four: one component, lowered by the templates of its module.

use super::document::{self, Lowered, Need, Reader};
use super::edit::Edited;
use super::module::{Module, ModuleTemplate, TargetFile};
use super::template::{Datum, Document, Failure, Given, Host, Rendering};
use crate::diag::{Diagnostic, Sink, SourceMap, Span, code, did_you_mean};
use crate::model::glob;
use crate::model::{Component, EndpointPart, ModuleRef, Output, Part, Tree, Value, Workload};
use crate::spec::environment::ComponentEntry;
use crate::spec::module::{ModuleFile, OutputEntry};
use indexmap::IndexMap;
use std::cell::{Cell, RefCell};

/// How many files one component may render.
const MAX_FILES: u32 = 256;

/// What is known of a component before its module is asked.
pub struct Request<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the environment says of it.
    pub entry: &'a ComponentEntry,
    /// Its module.
    pub module: &'a Module,
    /// What the module declares.
    pub declared: &'a ModuleFile,
    /// What templates are rendered instead, where one is edited.
    pub edited: &'a Edited<'a>,
    /// Its inputs.
    pub inputs: Datum,
    /// The environment's name.
    pub environment: &'a str,
    /// The name of its target instance.
    pub instance: &'a str,
}

/// A component, and what is settled once all are there.
#[derive(Debug, Clone)]
pub struct LoweredComponent {
    /// The component; the `needs` of its workloads are still empty.
    pub component: Component,
    /// What its workloads wait for.
    pub needs: Vec<Need>,
    /// What others have to wait for.
    pub ready: IndexMap<String, crate::model::Condition>,
}

/// Lowers a component. None where its module did not get that far, which has been reported.
pub fn lower(request: &Request<'_>, sources: &SourceMap, sink: &mut Sink) -> Option<LoweredComponent> {
    let globals = globals(request);
    let host = ModuleHost {
        request,
        globals: &globals,
        files: Cell::new(0),
        endpoints: RefCell::default(),
        raised: RefCell::default(),
    };
    let document = host.document(&request.module.model, sink)?;
    let before = sink.errors();
    let mut reader = Reader::new(&document, request.module.model.file, sink);
    let lowered = document::read_model(&mut reader, request.name)?;
    // What could not be read is not there to be asked for: that has been reported.
    if sink.errors() > before {
        return None;
    }
    let live = request.module.live.as_ref().and_then(|template| {
        let document = host.document(template, sink)?;
        document::read_live(&mut Reader::new(&document, template.file, sink), request.name, &lowered.workloads)
    });
    let overrides = overrides(&host, sources, sink);
    check_endpoints(&host, &lowered.workloads, sink);
    check_outputs(request, &lowered, sink);
    let live = live.unwrap_or_default();
    let Lowered { workloads, outputs, protect, ready, needs } = lowered;
    let outputs = outputs.into_iter().map(|(name, output)| {
        let declared = declared_output(request.declared, &name).is_some_and(|output| output.sensitive);
        (name, Output { sensitive: output.sensitive || declared, ..output })
    });
    let kept =
        |workload: &Workload| workload.volumes.values().any(|volume| volume.retention == crate::model::Retention::Keep);
    let with_data = workloads.values().any(kept);
    let given = request.entry.with.iter().flat_map(crate::spec::Node::entries);
    let component = Component {
        name: request.name.to_owned(),
        module: ModuleRef {
            name: request.declared.name.clone(),
            version: request.declared.version.clone(),
            digest: request.module.digest.clone(),
        },
        instance: request.instance.to_owned(),
        protect: request.entry.protect.or(protect).unwrap_or(with_data),
        outputs: outputs.collect(),
        live: live.expectations,
        login: live.login,
        overrides,
        patches: IndexMap::new(),
        secrets: Vec::new(),
        span: request.entry.name_span,
        module_span: request.entry.module.span,
        inputs: given.clone().map(|entry| (entry.key.clone(), entry.value.span)).collect(),
        keys: given
            .map(|entry| (entry.key.clone(), keys_of(&entry.value)))
            .filter(|(_, keys)| !keys.is_empty())
            .collect(),
        workloads,
    };
    Some(LoweredComponent { component, needs, ready })
}

fn globals(request: &Request<'_>) -> IndexMap<String, Datum> {
    let text = |text: &str| Datum::text(text);
    let environment = IndexMap::from([("name".to_owned(), text(request.environment))]);
    let module = request.declared;
    let module =
        IndexMap::from([("name".to_owned(), text(&module.name)), ("version".to_owned(), text(&module.version))]);
    IndexMap::from([
        ("component".to_owned(), text(request.name)),
        ("environment".to_owned(), Datum::map(environment)),
        ("inputs".to_owned(), request.inputs.clone()),
        ("module".to_owned(), Datum::map(module)),
    ])
}

/// An endpoint that a template asked for, checked once the workloads are known.
struct Asked {
    workload: String,
    member: Option<u32>,
    port: String,
    span: Span,
}

struct ModuleHost<'a> {
    request: &'a Request<'a>,
    globals: &'a IndexMap<String, Datum>,
    files: Cell<u32>,
    endpoints: RefCell<Vec<Asked>>,
    /// What templates of files raise while another template runs.
    raised: RefCell<Vec<Diagnostic>>,
}

impl ModuleHost<'_> {
    fn document(&self, template: &ModuleTemplate, sink: &mut Sink) -> Option<Document> {
        let rendering = self.request.edited.template(template).render_document(self.globals, self);
        self.report(rendering, sink)
    }

    fn report<T>(&self, rendering: Rendering<T>, sink: &mut Sink) -> Option<T> {
        for diagnostic in self.raised.take().into_iter().chain(rendering.diagnostics) {
            sink.push(diagnostic);
        }
        rendering.output
    }

    /// `file("name", x=1)`: the text of files/name.j2; named arguments are variables there.
    fn file(&self, given: &mut Given) -> Result<Datum, Failure> {
        let name = given.text("name")?;
        let files = &self.request.module.files;
        let Some(template) = files.get(&name) else {
            let near = did_you_mean(&name, files.keys().map(String::as_str));
            let diagnostic =
                Diagnostic::error(code::TEMPLATE_UNDEFINED, given.span, format!("there is no file `files/{name}.j2`"));
            return Err(match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")).into(),
                None => diagnostic.into(),
            });
        };
        self.files.set(self.files.get() + 1);
        if self.files.get() > MAX_FILES {
            let message = format!("one component renders more than {MAX_FILES} files");
            return Err(Diagnostic::error(code::TEMPLATE_LIMIT, given.span, message).into());
        }
        let template = self.request.edited.template(template);
        let extra = given.rest();
        let rendering = if extra.is_empty() {
            template.render_text(self.globals, &NoFiles(self))
        } else {
            let mut globals = self.globals.clone();
            globals.extend(extra);
            template.render_text(&globals, &NoFiles(self))
        };
        self.raised.borrow_mut().extend(rendering.diagnostics);
        Ok(Datum::value(rendering.output.unwrap_or_default()))
    }

    /// `endpoint("port", workload="main", member=0, part="host")`.
    fn endpoint(&self, given: &mut Given) -> Result<Datum, Failure> {
        let port = given.text("port")?;
        let workload = given.optional_text("workload")?.unwrap_or_else(|| "main".into());
        let workload = document::workload_name(self.request.name, &workload);
        let member = given.optional_int("member")?.map(u32::try_from).transpose();
        let member = member.map_err(|_| given.error("`member` must be a number from 0"))?;
        let part = match given.optional_text("part")?.as_deref() {
            None | Some("authority") => EndpointPart::Authority,
            Some("host") => EndpointPart::Host,
            Some("port") => EndpointPart::Port,
            Some(_) => return Err(given.error("`part` must be `host`, `port` or `authority`")),
        };
        let component = self.request.name.to_owned();
        let asked = Asked { workload: workload.clone(), member, port: port.clone(), span: given.span };
        self.endpoints.borrow_mut().push(asked);
        Ok(Datum::value(Value::from_parts([Part::Endpoint { component, workload, member, port, part }])))
    }
}

impl Host for ModuleHost<'_> {
    fn functions(&self) -> &'static [&'static str] {
        &["endpoint", "file"]
    }

    fn call(&self, name: &str, given: &mut Given) -> Result<Datum, Failure> {
        match name {
            "file" => self.file(given),
            _ => self.endpoint(given),
        }
    }
}

/// The host of a file: it can ask for endpoints, and not render files again.
struct NoFiles<'a>(&'a ModuleHost<'a>);

impl Host for NoFiles<'_> {
    fn functions(&self) -> &'static [&'static str] {
        &["endpoint"]
    }

    fn call(&self, _name: &str, given: &mut Given) -> Result<Datum, Failure> {
        self.0.endpoint(given)
    }
}

fn overrides(host: &ModuleHost<'_>, sources: &SourceMap, sink: &mut Sink) -> IndexMap<String, IndexMap<String, Tree>> {
    let mut overrides = IndexMap::new();
    for (kind, files) in &host.request.module.targets {
        let mut objects: IndexMap<String, Tree> = IndexMap::new();
        for (path, file) in files {
            match file {
                TargetFile::Verbatim(file) => {
                    objects.insert(path.clone(), Tree::text(host.request.edited.text(sources, *file)));
                }
                TargetFile::Text(template) => {
                    let rendering = host.request.edited.template(template).render_text(host.globals, host);
                    let text = host.report(rendering, sink);
                    objects.extend(text.map(|text| (path.clone(), Tree::Text(text))));
                }
                TargetFile::Objects(template) => objects.extend(lowered_objects(host, template, sink)),
            }
        }
        overrides.insert(kind.clone(), objects);
    }
    overrides
}

fn lowered_objects(host: &ModuleHost<'_>, template: &ModuleTemplate, sink: &mut Sink) -> IndexMap<String, Tree> {
    let Some(document) = host.document(template, sink) else { return IndexMap::new() };
    let mut reader = Reader::new(&document, template.file, sink);
    let Some(node) = reader.parse() else { return IndexMap::new() };
    if node.is_null() {
        return IndexMap::new();
    }
    if let Tree::Map(objects) = reader.tree(&node) {
        return objects;
    }
    reader.error(node.span, "a file of lowered objects must be a mapping by object");
    IndexMap::new()
}

fn check_endpoints(host: &ModuleHost<'_>, workloads: &IndexMap<String, Workload>, sink: &mut Sink) {
    for asked in host.endpoints.take() {
        let Some(workload) = workloads.get(&asked.workload) else {
            let message = format!("there is no workload `{}`", asked.workload);
            let known: Vec<_> = workloads.keys().map(String::as_str).collect();
            let help = format!("the workloads: {}", known.join(", "));
            sink.push(Diagnostic::error(code::UNKNOWN_ENDPOINT, asked.span, message).help(help));
            continue;
        };
        if !workload.ports.contains_key(&asked.port) {
            let known: Vec<_> = workload.ports.keys().map(String::as_str).collect();
            let message = format!("the workload `{}` has no port `{}`", workload.name, asked.port);
            let help =
                if known.is_empty() { "it has no ports".into() } else { format!("its ports: {}", known.join(", ")) };
            sink.push(Diagnostic::error(code::UNKNOWN_ENDPOINT, asked.span, message).help(help));
        } else if asked.member.is_some_and(|member| member >= workload.replicas) {
            let message = format!("the workload `{}` has {} members", workload.name, workload.replicas);
            sink.push(Diagnostic::error(code::UNKNOWN_ENDPOINT, asked.span, message).help("members count from 0"));
        }
    }
}

fn keys_of(input: &crate::spec::Node) -> IndexMap<String, Span> {
    input.entries().iter().map(|entry| (entry.key.clone(), entry.key_span)).collect()
}

/// The declaration of an output: by its name, or by a name with `*` for what the inputs name.
fn declared_output<'m>(module: &'m ModuleFile, name: &str) -> Option<&'m OutputEntry> {
    let matching = || module.outputs.iter().find(|(glob, _)| glob::matches(glob, name, '.')).map(|(_, output)| output);
    module.outputs.get(name).or_else(matching)
}

fn check_outputs(request: &Request<'_>, lowered: &Lowered, sink: &mut Sink) {
    for name in lowered.outputs.keys().filter(|name| declared_output(request.declared, name).is_none()) {
        let message = format!("`{name}` is no output that module.yaml declares");
        let span = Span::start_of(request.module.model.file);
        sink.push(Diagnostic::error(code::MODEL_DOCUMENT, span, message).help("add it below `outputs` of module.yaml"));
    }
    if lowered.workloads.is_empty() && request.module.targets.is_empty() {
        let span = Span::start_of(request.module.model.file);
        sink.push(Diagnostic::error(code::MODEL_DOCUMENT, span, format!("`{}` has no workloads", request.name)));
    }
    let unknown = lowered.ready.keys().filter(|name| !lowered.workloads.contains_key(*name));
    for name in unknown {
        let span = Span::start_of(request.module.model.file);
        sink.push(Diagnostic::error(
            code::MODEL_DOCUMENT,
            span,
            format!("`ready` names `{name}`, which is no workload"),
        ));
    }
}
