//! Codes of what a target cannot express, and patches (`DL04xx`).

super::codes! {
    RENDER_CODES;
    UNREACHABLE_ENDPOINT = "DL0401", "a port that cannot be reached from where it is referred to",
        "Components of one target instance reach each other under the names of that tool. From another instance a port is reached only where it\n\
         is published: through a public host, or on a port of a machine whose address the instance's `address` (or `host`) setting gives.";
    PATCH_WITHOUT_MATCH = "DL0402", "a patch that matches nothing",
        "The key of a patch is a glob over what the target makes of the component. A patch that matches nothing would be a setting that silently\n\
         does not hold. The message lists what there is.";
    PATCH_OF_IDENTITY = "DL0403", "a patch of what an object is known by",
        "Names, namespaces, selectors and the labels by which driftless knows its own objects cannot be patched: the object would be\n\
         lost, and another would appear. Rename the component (with `moved:`) instead.";
    PATCH_SHAPE = "DL0404", "a patch that does not fit what it patches",
        "A key like `containers[name=api]` needs a list there. `driftless render` shows what the target makes of the component.";
    SECRET_NEEDS_COMMAND = "DL0405", "a secret in the environment of a container whose command is not known",
        "Here a secret reaches a container as a file, so that nobody reads it from the container's description. A small script exports it\n\
         and starts the command, and so has to know the command: what an image starts by itself can only be read from the image.\n\
         Declare `command`, or let the program read the file that the message names.";
    SECRET_NAME_COLLISION = "DL0406", "two secrets that would have the same name",
        "Names of environment variables are made of upper-case letters, digits and `_`, so that `cache-app` and `cache.app` both become\n\
         `CACHE_APP`. Rename one of the two.";
    NAME_COLLISION = "DL0407", "two objects that would have the same name",
        "What a target makes of the components of one instance has to have names of its own. Rename one of the two.";
    SECRET_IN_ARGUMENT = "DL0408", "a secret in an argument or a file",
        "Arguments are seen by everybody who can list processes or containers, and files are stored in Git. Hand the secret over as an environment\n\
         variable or as a secret file.";
    UNSUPPORTED_PLATFORM = "DL0409", "a platform that there is no renderer for",
        "The message lists the platforms that the target knows.";
    DEFERRED_UNSUPPORTED = "DL0410", "a value that is not known when it is needed",
        "What another component reports is known only after that component has been applied. The message says where it cannot be handed over.";
    TARGET_LOSS = "DL0449", "something that a target cannot express as it is",
        "The model says more than this target can. What is lost, and what is rendered instead, stands in the message. What somebody\n\
         wrote down is told as a warning at its place; what a module asks for by itself is a note, of which a plan only says how many there are.\n\
         With `--deny-loss` both are errors.";
    OBJECT_NAME = "DL0450", "a name that Kubernetes refuses",
        "Names of Services become names in DNS: they start with a letter. StatefulSets and Jobs leave room for what is appended to their names:\n\
         52 characters at most. Names of objects are made of the component's name.";
    BOOTSTRAP_NEEDS_COMMAND = "DL0451", "a guarded job without a command",
        "A bootstrap job runs its command only where its check says that something is left to do. What an image starts by itself can only be\n\
         read from the image: declare `command`.";
    NOT_NORMAL_TEXT = "DL0421", "text that Terraform would change",
        "Terraform brings all text into Unicode's normal form C: a letter and a mark that combines with it become one character. Text that is not\n\
         in that form would arrive changed. Files are handed over as bytes, and arrive as they are.";
    NO_PACKAGE_FORM = "DL0420", "a module that cannot be installed from packages",
        "`runtime: package` of an Ansible instance installs components from the distribution's packages. Only modules that bring a form for that\n\
         can be (`targets/ansible/` in the module). Send the component to another instance, or leave `runtime` out: then each component takes the\n\
         form that its module has.";
    TEXT_TEMPLATE = "DL0452", "a text template that cannot be rendered",
        "Helpers, notes and scripts come from text templates, which `templates/` in the repository can replace. The message says what is wrong\n\
         with the one that was used.";
}
