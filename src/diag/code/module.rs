//! Codes of modules and their templates (`DL03xx`).

super::codes! {
    MODULE_CODES;
    TEMPLATE_SYNTAX = "DL0301", "a template that cannot be read",
        "The templates of a module use the syntax of Jinja. The place shown is where the reader stopped; an unclosed `{{` or `{%` is noticed late.";
    TEMPLATE_UNDEFINED = "DL0302", "a name that a template does not have",
        "A template sees `component`, `environment`, `inputs` and `module`, what it sets itself, and the functions and filters that\n\
         docs/module-authoring.md lists. A misspelt name is an error and not an empty text: `{{ inputs.replica }}` where the module has\n\
         `replicas`. Use `x is defined` or `x|default(y)` where something may be missing.";
    TEMPLATE_TYPE = "DL0303", "a value that an operation of a template does not take",
        "The message says what was found. Text is joined with `~`, which takes numbers and true or false too; a list is joined with `|join`.\n\
         A secret or the address of another component is text that is known only later: it can be handed on and joined, never compared or changed.";
    TEMPLATE_LIMIT = "DL0304", "a template that does too much",
        "Templates are bounded in work, memory and depth, so that no repository can stop the program that reads it.\n\
         Loops that grow a text or a list on every round reach the limit quickly: `{% set x = x ~ x %}`.";
    TEMPLATE_UNSUPPORTED = "DL0305", "what templates of modules do not have",
        "A template of a module stands alone: no `include`, `import`, `extends`, `block`, `call`, `autoescape`. Use a macro in the same\n\
         file, or `file(\"name\")`, which gives the text of files/name.j2.";
    SECRET_IN_FILE = "DL0306", "a secret in the text of a file",
        "The text of a file is part of the artifacts, which many can read. Hand the secret over as a file of its own (`secret_files` in the\n\
         model document, `secret_files:` in modules that offer it) and let the program, or the script that starts it, read it from there.";
    MODEL_DOCUMENT = "DL0307", "a model document that says something impossible",
        "What `model.yaml.j2` gives is read as strictly as an environment file. docs/module-authoring.md lists its keys.";
    MODULE_REFUSES = "DL0308", "inputs that the module refuses",
        "A module can say more about its inputs than their types do: the message is the module's own.";
    MODULE_WARNS = "DL0309", "inputs that the module warns of",
        "The message is the module's own. What was asked for is done all the same.";
    MODULE_FILE = "DL0310", "a module with a file missing or one too many",
        "A module has `module.yaml` and `model.yaml.j2`; `files/*.j2`, `live.yaml.j2`, `targets/KIND/` and `tests/*.yaml` where it needs them.";
}
