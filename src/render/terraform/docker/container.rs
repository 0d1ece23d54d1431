//! A container as `docker_container`.

use super::group::{Group, Repetition};
use crate::model::{Protocol, Tree, Value};
use crate::render::engine::{Mounted, Published, Unit, UnitFile, UnitSecret};
use crate::render::terraform::hcl::{Block, Expression, Piece, Structure};
use crate::render::terraform::root::{expression, identifier, tree_expression};

/// One argument of a resource: what it is where nobody tunes anything, and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is.
    pub value: Tree,
    /// An attribute or blocks.
    pub written: Vec<Structure>,
    /// Whether a variable holds it: then a patch moves the variable's default.
    pub is_driven: bool,
    /// The argument whose variable it is written as, and whose value it has where no patch says otherwise.
    pub follows: Option<&'static str>,
}

impl Field {
    /// An attribute that is written as an expression.
    pub fn attribute(name: &str, value: impl Into<Tree>, written: impl Into<Expression>) -> Self {
        let written = vec![Structure::Attribute(name.into(), written.into())];
        Self { name: name.into(), value: value.into(), written, is_driven: false, follows: None }
    }

    /// An attribute that is a variable of the module.
    pub fn driven(name: &str, value: impl Into<Tree>, variable: &str) -> Self {
        Self { is_driven: true, ..Self::attribute(name, value, Expression::Raw(format!("var.{variable}"))) }
    }

    /// An attribute that is written as what it is.
    pub fn literal(name: &str, value: impl Into<Tree>) -> Self {
        let value = value.into();
        let written = tree_expression(&value);
        Self::attribute(name, value, written)
    }

    /// This argument, following another one.
    #[must_use]
    pub fn following(mut self, other: &'static str) -> Self {
        self.follows = Some(other);
        self
    }

    /// Blocks.
    pub fn blocks(name: &str, value: Vec<Tree>, written: Vec<Block>) -> Self {
        let written = written.into_iter().map(Structure::Block).collect();
        Self { name: name.into(), value: Tree::List(value), written, is_driven: false, follows: None }
    }
}

/// What lowering needs to know beside the container.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'s> {
    /// What names begin with.
    pub project: &'s str,
    /// The label of the image's resource.
    pub image_label: &'s str,
    /// The paths of files in the module, by the file's name in the instance.
    pub file_paths: &'s indexmap::IndexMap<String, String>,
    /// The labels that all objects have.
    pub labels: &'s indexmap::IndexMap<String, Tree>,
    /// The address of this instance of the block.
    pub address: &'s str,
}

/// The arguments of one container.
pub fn fields(group: &Group<'_, '_>, unit: &Unit<'_>, key: &str, around: Surroundings<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    identity(&mut fields, group, unit, key, around);
    process(&mut fields, group, unit);
    lifecycle(&mut fields, unit);
    resources(&mut fields, group, unit);
    security(&mut fields, unit);
    networks(&mut fields, group, unit, around);
    many(&mut fields, "ports", &in_order(&unit.ports), port);
    many(&mut fields, "volumes", &unit.mounts, |mount| volume(mount, group, unit, around.project));
    uploads(&mut fields, unit, around);
    healthcheck(&mut fields, unit);
    labels(&mut fields, group, unit, around);
    fields
}

fn many<T>(fields: &mut Vec<Field>, name: &str, items: &[T], lower: impl Fn(&T) -> (Tree, Block)) {
    if !items.is_empty() {
        let (values, blocks) = items.iter().map(lower).unzip();
        fields.push(Field::blocks(name, values, blocks));
    }
}

/// `${var.name}-cache-0`, as text and as an expression.
fn name(group: &Group<'_, '_>, unit: &Unit<'_>, key: &str, project: &str) -> (String, Expression) {
    let piece = |text: &str| Piece::Literal(text.into());
    let mut pieces = vec![Piece::Interpolation("var.name".into()), piece("-")];
    let text = match group.repetition {
        Repetition::Single => {
            pieces.push(piece(&unit.name));
            format!("{project}-{}", unit.name)
        }
        Repetition::Count => {
            pieces.extend([piece(&format!("{}-", unit.name)), Piece::Interpolation("count.index".into())]);
            format!("{project}-{}-{key}", unit.name)
        }
        Repetition::Members => {
            pieces.push(Piece::Interpolation("each.key".into()));
            if unit.shares.is_some() {
                pieces.push(piece(&format!("-{}", unit.container.name)));
            }
            format!("{project}-{}", unit.name)
        }
    };
    (text, Expression::Template(pieces))
}

fn identity(fields: &mut Vec<Field>, group: &Group<'_, '_>, unit: &Unit<'_>, key: &str, around: Surroundings<'_>) {
    let (text, written) = name(group, unit, key, around.project);
    fields.push(Field::attribute("name", text, written));
    let image = Expression::Raw(format!("docker_image.{}.image_id", around.image_label));
    fields.push(Field::attribute("image", unit.image.clone(), image));
    if group.repetition == Repetition::Members && unit.shares.is_none() {
        fields.push(Field::attribute("hostname", unit.name.as_str(), Expression::raw("each.key")));
    }
}

fn process(fields: &mut Vec<Field>, group: &Group<'_, '_>, unit: &Unit<'_>) {
    let texts = |values: &[Value]| Tree::List(values.iter().map(|value| Tree::Text(value.clone())).collect());
    if let Some(entrypoint) = &unit.entrypoint {
        fields.push(Field::literal("entrypoint", texts(entrypoint)));
    }
    if let Some(command) = &unit.command {
        fields.push(Field::literal("command", texts(command)));
    }
    if !unit.environment.is_empty() {
        let line = |(name, value): (&String, &Value)| {
            let mut line = Value::literal(format!("{name}="));
            value.parts().iter().for_each(|part| line.push(part.clone()));
            Tree::Text(line)
        };
        let lines = Tree::List(unit.environment.iter().map(line).collect());
        fields.push(Field::attribute("env", lines.clone(), environment(group, unit, &lines)));
    }
    let security = &unit.container.security;
    match (security.user, security.group) {
        (Some(user), Some(group)) => fields.push(Field::literal("user", format!("{user}:{group}"))),
        (Some(user), None) => fields.push(Field::literal("user", user.to_string())),
        (None, Some(group)) => fields.push(Field::literal("user", format!("0:{group}"))),
        (None, None) => {}
    }
    if let Some(folder) = &unit.container.working_dir {
        fields.push(Field::literal("working_dir", folder.as_str()));
    }
    if unit.entrypoint.is_some() {
        fields.push(Field::literal("init", true));
    }
}

/// The variable's entries, and those that only Terraform can put together: a variable's default cannot.
fn environment(group: &Group<'_, '_>, unit: &Unit<'_>, lines: &Tree) -> Expression {
    let tuned = format!("[for name, value in var.{}environment : \"${{name}}=${{value}}\"]", group.prefix);
    let computed = lines.as_list().into_iter().flatten().filter(|line| line.as_str().is_none());
    let computed: Vec<Expression> = computed.map(tree_expression).collect();
    let all_computed = computed.len() == unit.environment.len();
    match (computed.is_empty(), all_computed) {
        (true, _) => Expression::Raw(tuned),
        (_, true) => Expression::List(computed),
        _ => Expression::Call("concat".into(), vec![Expression::Raw(tuned), Expression::List(computed)]),
    }
}

fn lifecycle(fields: &mut Vec<Field>, unit: &Unit<'_>) {
    if unit.is_job() {
        fields.push(Field::literal("restart", "no"));
        // The apply waits for its end, and takes its absence afterwards for what it is.
        fields.push(Field::literal("must_run", false));
        fields.push(Field::literal("attach", true));
        fields.push(Field::literal("logs", true));
    } else {
        fields.push(Field::literal("restart", "unless-stopped"));
    }
    if let Some(grace) = unit.workload.stop_grace_seconds {
        fields.push(Field::literal("stop_timeout", grace));
        fields.push(Field::literal("destroy_grace_seconds", grace));
    }
    if let Some(health) = &unit.health
        && !unit.is_job()
    {
        const MARGIN: u32 = 60;
        let failing = health.retries.saturating_add(1).saturating_mul(health.interval_seconds.max(1));
        fields.push(Field::literal("wait", true));
        fields
            .push(Field::literal("wait_timeout", health.start_seconds.saturating_add(failing).saturating_add(MARGIN)));
    }
    fields.push(Field::literal("log_driver", "json-file"));
    fields
        .push(Field::literal("log_opts", Tree::from([("max-file", Tree::text("3")), ("max-size", Tree::text("10m"))])));
}

/// Whole mebibytes: what the provider counts in.
pub fn mebibytes(bytes: u64) -> i64 {
    i64::try_from(bytes.div_ceil(1 << 20)).unwrap_or(i64::MAX)
}

/// Thousandths as a decimal number: `0.5`.
pub fn cpus(millis: u64) -> String {
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn resources(fields: &mut Vec<Field>, group: &Group<'_, '_>, unit: &Unit<'_>) {
    let resources = &unit.container.resources;
    if let Some(bytes) = resources.memory_limit_bytes {
        let variable = format!("{}memory_mib", group.prefix);
        fields.push(Field::driven("memory", mebibytes(bytes), &variable));
        // Otherwise the engine sets it to twice the memory, and every plan wants it back.
        let swap = Field::attribute("memory_swap", mebibytes(bytes), Expression::Raw(format!("var.{variable}")));
        fields.push(swap.following("memory"));
    }
    if let Some(bytes) = resources.memory_request_bytes {
        let variable = Expression::Raw(format!("var.{}memory_mib", group.prefix));
        fields.push(if resources.memory_limit_bytes == Some(bytes) {
            Field::attribute("memory_reservation", mebibytes(bytes), variable).following("memory")
        } else {
            Field::literal("memory_reservation", mebibytes(bytes))
        });
    }
    if let Some(millis) = resources.cpu_limit_millis {
        fields.push(Field::driven("cpus", cpus(millis), &format!("{}cpus", group.prefix)));
    }
}

fn security(fields: &mut Vec<Field>, unit: &Unit<'_>) {
    let security = &unit.container.security;
    if unit.read_only {
        fields.push(Field::literal("read_only", true));
    }
    if security.no_new_privileges {
        fields.push(Field::literal("security_opts", vec!["no-new-privileges:true"]));
    }
    let names = |names: &[String]| {
        let full = |name: &String| match name.as_str() {
            "ALL" => name.clone(),
            prefixed if prefixed.starts_with("CAP_") => name.clone(),
            _ => format!("CAP_{name}"),
        };
        Tree::from(names.iter().map(full).collect::<Vec<_>>())
    };
    let mut capabilities = Tree::map();
    for (key, given) in [("add", &security.add_capabilities), ("drop", &security.drop_capabilities)] {
        if !given.is_empty() {
            capabilities.insert(key, names(given));
        }
    }
    if !capabilities.is_empty_collection() {
        let block = literal_block("capabilities", &capabilities);
        fields.push(Field::blocks("capabilities", vec![capabilities], vec![block]));
    }
}

/// A nested block with literal arguments.
pub fn literal_block(kind: &str, body: &Tree) -> Block {
    let mut block = Block::new(kind, []);
    for (key, value) in body.as_map().into_iter().flatten() {
        block.body.attribute(key, tree_expression(value));
    }
    block
}

fn networks(fields: &mut Vec<Field>, group: &Group<'_, '_>, unit: &Unit<'_>, around: Surroundings<'_>) {
    if let Some(shared) = &unit.shares {
        let (value, index) = match group.repetition {
            Repetition::Members => (format!("container:{}-{shared}", around.project), "[each.key]"),
            Repetition::Count => (format!("container:{}-{shared}-0", around.project), "[count.index]"),
            Repetition::Single => (format!("container:{}-{shared}", around.project), ""),
        };
        let main = main_label(unit);
        let reference = Piece::Interpolation(format!("docker_container.{main}{index}.id"));
        let written = Expression::Template(vec![Piece::Literal("container:".into()), reference]);
        fields.push(Field::attribute("network_mode", value, written));
        return;
    }
    let own =
        if group.repetition == Repetition::Members { Expression::raw("each.key") } else { unit.name.as_str().into() };
    let mut aliases = vec![unit.name.clone()];
    let mut written = vec![own];
    if let Some(alias) = unit.alias() {
        aliases.push(alias.to_owned());
        written.push(alias.into());
    }
    let value = Tree::from([("name", Tree::text(around.project)), ("aliases", Tree::from(aliases))]);
    let block = Block::new("networks_advanced", [])
        .with("name", Expression::raw("var.network"))
        .with("aliases", Expression::List(written));
    fields.push(Field::blocks("networks_advanced", vec![value], vec![block]));
}

/// The label of the main container of a sidecar's workload.
fn main_label(unit: &Unit<'_>) -> String {
    let main = Unit { shares: None, ..unit.clone() };
    Group::of(&main).name
}

/// As the provider reads them back, by number: in another order each plan wants the container anew.
fn in_order(ports: &[Published]) -> Vec<Published> {
    let mut ports = ports.to_vec();
    ports.sort_by_key(|port| (port.target, port.protocol == Protocol::Udp));
    ports
}

fn port(port: &Published) -> (Tree, Block) {
    let mut value = Tree::from([("internal", Tree::from(port.target))]);
    if let Some(published) = port.published {
        value.insert("external", published);
    }
    if let Some(ip) = port.host_ip {
        value.insert("ip", ip);
    }
    value.insert("protocol", if port.protocol == Protocol::Udp { "udp" } else { "tcp" });
    let block = literal_block("ports", &value);
    (value, block)
}

/// The label of a volume's resource in its module.
pub fn volume_label(unit: &Unit<'_>, mounted: &Mounted) -> String {
    let main = Unit { shares: None, ..unit.clone() };
    let prefix = Group::of(&main).prefix;
    let owner =
        if is_per_member(unit, mounted) { unit.shares.as_ref().unwrap_or(&unit.name) } else { &unit.workload.name };
    let volume = mounted.volume.strip_prefix(owner.as_str()).unwrap_or(&mounted.volume);
    format!("{prefix}{}", identifier(volume.trim_start_matches('-')))
}

/// Whether each member has such a volume of its own.
pub fn is_per_member(unit: &Unit<'_>, mounted: &Mounted) -> bool {
    let owner = unit.shares.as_ref().unwrap_or(&unit.name);
    unit.member.is_some() && mounted.volume.starts_with(&format!("{owner}-"))
}

fn volume(mounted: &Mounted, group: &Group<'_, '_>, unit: &Unit<'_>, project: &str) -> (Tree, Block) {
    let index = match group.repetition {
        Repetition::Members if is_per_member(unit, mounted) => "[each.key]",
        _ => "",
    };
    let mut value = Tree::from([
        ("volume_name", Tree::text(format!("{project}-{}", mounted.volume))),
        ("container_path", Tree::text(mounted.path.clone())),
    ]);
    let mut block = Block::new("volumes", [])
        .with("volume_name", Expression::Raw(format!("docker_volume.{}{index}.name", volume_label(unit, mounted))))
        .with("container_path", mounted.path.as_str());
    if mounted.read_only {
        value.insert("read_only", true);
        block.body.attribute("read_only", true);
    }
    (value, block)
}

fn uploads(fields: &mut Vec<Field>, unit: &Unit<'_>, around: Surroundings<'_>) {
    let files = unit.files.iter().map(|file| upload_file(file, around));
    let secrets = unit.secrets.iter().map(upload_secret);
    let (values, blocks): (Vec<_>, Vec<_>) = files.chain(secrets).unzip();
    if !values.is_empty() {
        fields.push(Field::blocks("upload", values, blocks));
    }
}

/// Terraform brings all text into one Unicode normal form, which would change some.
pub fn is_normalised_by_terraform(text: &str) -> bool {
    text.chars().any(|character| character >= '\u{300}')
}

fn upload_file(file: &UnitFile, around: Surroundings<'_>) -> (Tree, Block) {
    let permissions = format!("0{:o}", file.mode);
    let value = Tree::from([
        ("file", Tree::text(file.path.clone())),
        ("content", Tree::Text(file.content.clone())),
        ("permissions", Tree::text(permissions.clone())),
    ]);
    let mut block = Block::new("upload", []).with("file", file.path.as_str());
    match (file.content.as_literal(), around.file_paths.get(&file.name)) {
        (Some(text), Some(path)) if is_normalised_by_terraform(text) => {
            block.body.attribute("content_base64", Expression::Raw(format!("filebase64(\"${{path.module}}/{path}\")")));
        }
        (Some(_), Some(path)) => {
            block.body.attribute("content", Expression::Raw(format!("file(\"${{path.module}}/{path}\")")));
        }
        _ => _ = block.body.attribute("content", expression(&file.content)),
    }
    block.body.attribute("permissions", permissions);
    (value, block)
}

fn upload_secret(secret: &UnitSecret) -> (Tree, Block) {
    const PERMISSIONS: &str = "0444";
    let content = secret.content.clone();
    let value = Tree::from([
        ("file", Tree::text(secret.path.clone())),
        ("content", Tree::Text(content.clone())),
        ("permissions", Tree::text(PERMISSIONS)),
    ]);
    let block = Block::new("upload", [])
        .with("file", secret.path.as_str())
        .with("content", expression(&content))
        .with("permissions", PERMISSIONS);
    (value, block)
}

fn healthcheck(fields: &mut Vec<Field>, unit: &Unit<'_>) {
    let Some(health) = &unit.health else { return };
    let seconds = |seconds: u32| Tree::text(crate::render::compose::seconds(seconds));
    let mut value = Tree::from([
        ("test", Tree::List(health.test.iter().map(|word| Tree::Text(word.clone())).collect())),
        ("interval", seconds(health.interval_seconds)),
        ("timeout", seconds(health.timeout_seconds)),
        ("retries", Tree::from(health.retries)),
    ]);
    if health.start_seconds > 0 {
        value.insert("start_period", seconds(health.start_seconds));
    }
    let block = literal_block("healthcheck", &value);
    fields.push(Field::blocks("healthcheck", vec![value], vec![block]));
}

/// One label as the provider wants it.
pub fn label(key: &str, value: Tree) -> Tree {
    Tree::from([("label", Tree::text(key)), ("value", value)])
}

/// `dynamic "labels"` over some labels and more.
pub fn labels_block(common: &str, more: impl IntoIterator<Item = (String, Expression)>) -> Block {
    let merged = Expression::Call("merge".into(), vec![Expression::raw(common), super::root::labels(more)]);
    Block::new("dynamic", ["labels"]).with("for_each", merged).with_block(
        Block::new("content", [])
            .with("label", Expression::raw("labels.key"))
            .with("value", Expression::raw("labels.value")),
    )
}

/// The address as an expression: the key of the instance is known only to Terraform.
pub fn address_expression(address: &str, key: &str, repetition: Repetition) -> Expression {
    let reference = match repetition {
        Repetition::Single => return address.into(),
        Repetition::Count => "count.index",
        Repetition::Members => "each.key",
    };
    let Some(before) = address.rfind(key).map(|at| &address[..at]).filter(|_| !key.is_empty()) else {
        return address.into();
    };
    let after = &address[before.len() + key.len()..];
    let literal = |text: &str| Piece::Literal(text.to_owned());
    Expression::Template(vec![literal(before), Piece::Interpolation(reference.into()), literal(after)])
}

fn labels(fields: &mut Vec<Field>, group: &Group<'_, '_>, unit: &Unit<'_>, around: Surroundings<'_>) {
    let component = unit.component.name.as_str();
    let own = [("driftless.dev/component", component), ("driftless.dev/address", around.address)];
    let all = around.labels.iter().map(|(key, value)| label(key, value.clone()));
    let values = all.chain(own.iter().map(|(key, value)| label(key, Tree::text(*value)))).collect();
    let key = match group.repetition {
        Repetition::Count => "0".to_owned(),
        _ => Group::member_key(unit),
    };
    let more = [
        ("driftless.dev/component".to_owned(), Expression::from(component)),
        ("driftless.dev/address".to_owned(), address_expression(around.address, &key, group.repetition)),
    ];
    fields.push(Field::blocks("labels", values, vec![labels_block("var.labels", more)]));
}
