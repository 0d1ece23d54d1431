//! Codes of files and their YAML (`DL01xx`).

super::codes! {
    SPEC_CODES;
    YAML_SYNTAX = "DL0101", "the file is not valid YAML 1.2",
        "The parser stopped at the place shown. Look one line above it too: an unclosed quote or bracket is noticed late.\n\n\
         Wrong, since a plain value cannot hold `: `:\n\n```yaml\nmessage: error: retry\n```\n\n\
         Right:\n\n```yaml\nmessage: \"error: retry\"\n```\n\n\
         After the error, reading goes on at the next key that starts in the first column, so one run reports several.";
    UNKNOWN_KEY = "DL0102", "a key that means nothing here",
        "Keys are checked, because a misspelt key that is silently ignored is a setting that silently does not hold.\n\
         `driftless schema` prints the keys of every kind of file.\n\n\
         Wrong:\n\n```yaml\ncomponents:\n  cache: {modul: redis}\n```\n\n\
         Right:\n\n```yaml\ncomponents:\n  cache: {module: redis}\n```";
    WRONG_TYPE = "DL0103", "a value of another type than the key takes",
        "The message says which type is expected and which was found. Quote a value to make it text; a list is written with `- `, a\n\
         mapping with `key: `.\n\n\
         Wrong, since `1.10` is a number (and would be 1.1):\n\n```yaml\nversion: 1.10\n```\n\n\
         Right:\n\n```yaml\nversion: \"1.10\"\n```";
    DUPLICATE_KEY = "DL0104", "a key that stands twice in one mapping",
        "YAML forbids it, and tools that accept it keep the last one without a word. Remove one of the two.\n\n\
         Wrong:\n\n```yaml\nwith:\n  memory: 256Mi\n  memory: 512Mi\n```\n\n\
         Right:\n\n```yaml\nwith:\n  memory: 512Mi\n```";
    NOT_UTF8 = "DL0105", "a file that is not UTF-8",
        "Files are read as UTF-8 alone. The place is that of the first byte that is none. Most often the file was saved as Latin-1 or\n\
         as UTF-16 (\"Unicode\" on Windows).\n\n\
         Wrong: the byte `E9` for `é` (Latin-1). Right: the bytes `C3 A9`. To convert:\n\n\
         ```sh\niconv -f latin1 -t utf-8 staging.yaml > fixed.yaml\n```";
    BYTE_ORDER_MARK = "DL0106", "a byte order mark at the start of a file",
        "The three bytes `EF BB BF` say nothing in UTF-8, and some tools that read the same files stumble over them. The file is read\n\
         as if they were not there.\n\n\
         Wrong: \"UTF-8 with BOM\" as the editor's encoding. Right: \"UTF-8\".";
    FORBIDDEN_CHARACTER = "DL0107", "a character that YAML does not allow in a file",
        "Control characters (but tab, line feed and carriage return) may not stand in a YAML file; often they come from a terminal or\n\
         from a binary file under a wrong name. In a double-quoted value they can be written with an escape, all but NUL,\n\
         which no process can be handed.\n\nWrong: the byte 1F itself. Right:\n\n```yaml\nseparator: \"\\x1f\"\n```";
    FILE_TOO_LARGE = "DL0108", "a file above the size limit",
        "A file may have 1 MiB (1048576 bytes). Files of that size are generated or are data; neither belongs into an environment\n\
         file, and reading them would cost every command time and memory.\n\n\
         Wrong: one file with everything in it. Right: several environments that share a file:\n\n\
         ```yaml\nextends: base.yaml\n```";
    EMPTY_FILE = "DL0109", "a file without content",
        "There is no document in the file, or nothing in its document. An empty file is more often an accident than a wish, and\n\
         nothing is deleted because of one. To remove an environment, run `driftless destroy` and then remove its file.\n\n\
         Wrong: a file of comments. Right:\n\n```yaml\napiVersion: driftless/v1\nkind: Environment\ncomponents: {}\n```";
    SEVERAL_DOCUMENTS = "DL0110", "more than one document in a file",
        "One file holds one document; what stands behind a second `---` would have no name.\n\n\
         Wrong:\n\n```yaml\nkind: Environment\n---\nkind: Environment\n```\n\n\
         Right: two files, `environments/a.yaml` and `environments/b.yaml`.";
    TAB = "DL0111", "a tab where YAML wants spaces",
        "YAML forbids tabs in indentation, since their width is nowhere said.\n\n\
         Wrong: a tab before `module`. Right, two spaces:\n\n```yaml\ncache:\n  module: redis\n```";
    TOO_DEEP = "DL0112", "nesting above the limit",
        "Collections may be nested 64 levels deep. Real files need about ten; what is deeper is generated, or meant to exhaust the\n\
         reader.\n\n\
         Wrong: `a: [[[[...]]]]`, 65 levels. Right: a flatter structure.";
    ALIAS = "DL0113", "an anchor or an alias",
        "Anchors (`&name`) and aliases (`*name`) are not accepted: they make the place of a value ambiguous, and a few nested ones\n\
         grow to gigabytes. Say it once with a variable, with `extends`, or with a module.\n\n\
         Wrong:\n\n```yaml\nfirst: &size 512Mi\nsecond: *size\n```\n\n\
         Right:\n\n```yaml\nvariables: {size: 512Mi}\ncomponents:\n  cache: {module: redis, with: {memory: \"${var.size}\"}}\n```";
    TAG = "DL0114", "a tag",
        "Tags (`!!str`, `!Ref`) are not accepted: the type of a value comes from its form and from the key that it stands under.\n\n\
         Wrong:\n\n```yaml\nversion: !!str 7\n```\n\n\
         Right:\n\n```yaml\nversion: \"7\"\n```";
    MERGE_KEY = "DL0115", "the merge key `<<`",
        "`<<` is no part of YAML 1.2, and tools disagree about what it does. Files are merged with `extends`.\n\n\
         Wrong:\n\n```yaml\ncache:\n  <<: *defaults\n```\n\n\
         Right, in the file that has the defaults' keys in its `components`:\n\n```yaml\nextends: base.yaml\n```";
    KEY_NOT_SCALAR = "DL0116", "a key that is no plain word",
        "A key is text: neither a list nor a mapping nor nothing.\n\n\
         Wrong:\n\n```yaml\n? [a, b]\n: 1\n```\n\n\
         Right:\n\n```yaml\na-b: 1\n```\n\n\
         A Jinja-like `{{ name }}` without quotes is read as such a key too; references are written `${...}` and quoted.";
    TOO_MANY_NODES = "DL0117", "too many values in a file",
        "A file may hold 100,000 keys and values. The rest was not read.\n\n\
         Wrong: a generated list of 200,000 elements. Right: a smaller file, or several.";
    YAML_VERSION = "DL0118", "a directive for another YAML version",
        "Files are YAML 1.2. Under 1.1 words like `no` and `on` would be booleans; they are not, here.\n\n\
         Wrong:\n\n```yaml\n%YAML 1.1\n---\n```\n\n\
         Right: no directive at all.";
    MISSING_KEY = "DL0120", "a key that must be there is missing",
        "The message names the key and where it belongs.\n\n\
         Wrong, since a component needs a module:\n\n```yaml\ncomponents:\n  cache: {with: {memory: 512Mi}}\n```\n\n\
         Right:\n\n```yaml\ncomponents:\n  cache: {module: redis, with: {memory: 512Mi}}\n```";
    INVALID_VALUE = "DL0121", "a value of the right type and the wrong form",
        "The message says what form is expected: a name (RFC 1123 label: lower-case letters, digits and `-`), a quantity (`512Mi`), a\n\
         duration (`90s`), a version (`1.2.3`), or the pattern that a module asks for.\n\n\
         Wrong:\n\n```yaml\nmemory: 512MB\n```\n\n\
         Right:\n\n```yaml\nmemory: 512Mi\n```";
    OUT_OF_RANGE = "DL0122", "a value out of its range",
        "The message says which values are possible.\n\n\
         Wrong:\n\n```yaml\nport: 80800\n```\n\n\
         Right:\n\n```yaml\nport: 8080\n```";
    UNKNOWN_VALUE = "DL0123", "a word that is not one of those possible",
        "The help lists the words that are.\n\n\
         Wrong:\n\n```yaml\nmode: clustered\n```\n\n\
         Right:\n\n```yaml\nmode: cluster\n```";
    ONE_OF = "DL0124", "not exactly one of several keys",
        "Some mappings say by their only key what they are. None or two of them mean nothing.\n\n\
         Wrong:\n\n```yaml\nsecrets:\n  token: {env: TOKEN, file: token.txt}\n```\n\n\
         Right:\n\n```yaml\nsecrets:\n  token: {env: TOKEN}\n```";
    AMBIGUOUS_SCALAR = "DL0125", "a value that YAML 1.1 and 1.2 read differently",
        "`no`, `on`, `0777`, `0x1F`, `1_000`, `12:30` and the like are text in YAML 1.2 and something else for other readers. They are\n\
         never guessed: where text is expected they are text, elsewhere they are refused.\n\n\
         Wrong:\n\n```yaml\nenabled: no\nreplicas: 1_000\n```\n\n\
         Right:\n\n```yaml\nenabled: false\nreplicas: 1000\n```";
    NOT_IMPLEMENTED = "DL0127", "a setting that this version does not know yet",
        "The setting is part of the plan for later versions. It is refused rather than ignored, since a setting that has no effect\n\
         is worse than none.\n\n\
         Wrong:\n\n```yaml\npolicy: {windows: [{days: [mon]}]}\n```\n\n\
         Right, for now:\n\n```yaml\npolicy: {windows: []}\n```";
    NAME_MISMATCH = "DL0128", "a name that is not the file's",
        "An environment is called like its file, and a module like its folder, so that one finds it. `name` may be left out in an\n\
         environment file.\n\n\
         Wrong, in `environments/staging.yaml`:\n\n```yaml\nname: stage\n```\n\n\
         Right:\n\n```yaml\nname: staging\n```";
    UNKNOWN_NAME = "DL0129", "a name that nothing in the file has",
        "The message says what is meant to have that name.\n\n\
         Wrong:\n\n```yaml\ntargets: {edge: {kind: helm}}\ntarget: egde\n```\n\n\
         Right:\n\n```yaml\ntargets: {edge: {kind: helm}}\ntarget: edge\n```";
    REFERENCE_SYNTAX = "DL0130", "a reference that cannot be read",
        "A reference is `${var.NAME}`, `${COMPONENT.OUTPUT}`, `${secret.NAME}`, `${environment.name}` or\n\
         `${preview.number}`, `${preview.branch}`, `${preview.sha}`, `${preview.name}`. A literal `${` is written `$${`.\n\n\
         Wrong:\n\n```yaml\nurl: \"https://${var.domain\"\n```\n\n\
         Right:\n\n```yaml\nurl: \"https://${var.domain}\"\n```";
    REFERENCE_EXPRESSION = "DL0131", "an expression in a reference",
        "References are data, not code: there are no operators, defaults, filters or calls. What needs computing belongs into a module.\n\n\
         Wrong:\n\n```yaml\ndomain: \"${var.domain:-example.org}\"\n```\n\n\
         Right, with the default in the file that is extended:\n\n```yaml\nvariables: {domain: example.org}\n```";
    REFERENCE_NOT_HERE = "DL0132", "a reference where none is resolved",
        "Names, kinds and what decides how a file is read must be known before references are resolved.\n\n\
         Wrong:\n\n```yaml\ntarget: \"${var.target}\"\n```\n\n\
         Right:\n\n```yaml\ntarget: compose\n```";
    DEFAULT_OF_REQUIRED = "DL0133", "an input that is required and has a default",
        "A required input must be given, so its default would never be used.\n\n\
         Wrong:\n\n```yaml\ninputs:\n  image: {type: image, required: true, default: \"redis:7\"}\n```\n\n\
         Right: one of the two.\n\n```yaml\ninputs:\n  image: {type: image, default: \"redis:7\"}\n```";
    SETTING_OF_OTHER_TYPE = "DL0134", "a constraint that the type of an input does not have",
        "`min` and `max` belong to int, quantity, cpu, duration, string (its length) and list and map (their size); `pattern` to string; `values` to enum;\n\
         `fields` to object; `of` to map and list.\n\n\
         Wrong:\n\n```yaml\ninputs:\n  tls: {type: bool, min: 1}\n```\n\n\
         Right:\n\n```yaml\ninputs:\n  tls: {type: bool}\n```";
    LITERAL_SECRET = "DL0135", "a secret's value in a file",
        "What is in Git is known to everybody who has ever cloned it, and stays there after it is removed. A secret is declared with where its\n\
         value comes from, and referred to by name. The value in the file should be considered known: change it where it is used.\n\n\
         Wrong:\n\n```yaml\nusers: {app: {password: hunter2}}\n```\n\n\
         Right:\n\n```yaml\nsecrets: {cache-app: {env: CACHE_APP_PASSWORD}}\ncomponents:\n  cache: {module: redis, with: {users: {app: {password: \"${secret.cache-app}\"}}}}\n```";
    SETTING_WITHOUT_EFFECT = "DL0136", "a setting that has no effect",
        "Another setting beside it makes it void. It is a warning, since nothing is wrong but the expectation.\n\n\
         Wrong:\n\n```yaml\ntargets: {helm: {apply: server-side, observe: live}}\n```\n\n\
         Right:\n\n```yaml\ntargets: {helm: {apply: server-side}}\n```";
}
