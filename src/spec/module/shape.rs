//! The keys of a module.yaml.

use crate::spec::shape::{Form, Key, Object, Range, Type, one_of};
use std::sync::LazyLock;

/// The types of inputs, in the order of the reference page.
pub const INPUT_TYPES: [&str; 15] = [
    "string", "int", "bool", "enum", "quantity", "cpu", "duration", "port", "image", "secret", "map", "list", "object",
    "scalar", "any",
];

/// The shape of a module.yaml.
pub fn shape() -> &'static Type {
    static SHAPE: LazyLock<Type> = LazyLock::new(|| Type::Object(module()));
    &SHAPE
}

/// The shape of an input (and of a field of an object, and of what a map or list is of).
pub fn input() -> &'static Object {
    static SHAPE: LazyLock<Object> = LazyLock::new(input_object);
    &SHAPE
}

fn module() -> Object {
    let api = Key::new(
        "apiVersion",
        Type::one_of([crate::spec::environment::API_VERSION]),
        "The version of the file format.",
    );
    let keys = [
        api.default(crate::spec::environment::API_VERSION),
        Key::new("kind", Type::one_of(["Module"]), "What the file is.").default("Module"),
        Key::new("name", Type::Form(Form::Label), "The module's name: its folder's.").required(),
        Key::new("version", Type::Form(Form::Version), "The module's version, by Semantic Versioning.").required(),
        Key::new("description", Type::word(), "What the module is for.").required(),
        // The inputs themselves are checked while they are typed, since what one may hold depends on its type.
        Key::new("inputs", Type::map(Some(Form::InputName), Type::Any), "What one can say of a component, by name."),
        Key::new(
            "outputs",
            Type::map(None, Type::Object(output())),
            "What others can refer to as `${COMPONENT.OUTPUT}`, by name.",
        ),
    ];
    Object::new("the module file", keys)
}

fn output() -> Object {
    let keys = [
        Key::new("description", Type::word(), "What it is."),
        Key::new("sensitive", Type::Bool, "Whether it is treated as a secret.").default("false"),
    ];
    Object::new("an output", keys)
}

fn input_object() -> Object {
    let words = Type::List { elements: Box::new(Type::word()), size: Range::at_least(1) };
    let keys = [
        Key::new(
            "type",
            Type::word(),
            &format!("The type of its value: {}; `map(T)` and `list(T)` are short for `of: T`.", one_of(&INPUT_TYPES)),
        )
        .required(),
        Key::new("docs", Type::word(), "What it is for."),
        Key::new("default", Type::Any, "What holds where it is not given."),
        Key::new("required", Type::Bool, "Whether it must be given.").default("false"),
        Key::new("immutable", Type::Bool, "Whether a change of it is refused once it is deployed.").default("false"),
        Key::new("min", Type::Scalar, "The least value, length or number of entries."),
        Key::new("max", Type::Scalar, "The greatest value, length or number of entries."),
        Key::new("pattern", Type::word(), "For `string`: a regular expression that all of it must match."),
        Key::new("values", words, "For `enum`: the words that it can be."),
        Key::new(
            "of",
            Type::Any,
            "For `map` and `list`: the type of the values, as a word or as a mapping with a `type`.",
        ),
        Key::new("keys", Type::word(), "For `map`: a regular expression that all of each key must match."),
        Key::new(
            "fields",
            Type::map(Some(Form::InputName), Type::Any),
            "For `object`: its fields, each like an input.",
        ),
    ];
    Object::new("an input", keys)
}
