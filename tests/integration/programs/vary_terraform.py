"""Writes one root that calls each given root of Terraform as a module: once as it is, and once for each of its variables with another value.

For Kubernetes, whose provider is not at hand, each resource becomes a `terraform_data` whose input holds all of its arguments: what Terraform
itself evaluates stays the same. Each root gets a variable more that nobody reads. Prints the calls: {call: [case, variable]}.
"""

import hcl2
import json
import os
import re
import shutil
import sys

BLOCK = re.compile(r"^( *)([a-z_0-9]+) \{(\})?$")
DYNAMIC = re.compile(r'^( *)dynamic "([a-z_0-9]+)" \{$')
HEREDOC = re.compile(r"<<-?([A-Z_]+)$")
REFERENCE = re.compile(r"\bkubernetes_[a-z_0-9]+\.([A-Za-z_0-9-]+)\.metadata\[0\]\.name\b")
# Nobody reads it: who says that it moves something is wrong.
CONTROL = '\nvariable "nobody_reads_this" {\n  type    = string\n  default = "x"\n}\n'
META = ("lifecycle", "timeouts", "provisioner", "connection")


def to_closing(lines, indent):
    """The lines up to the one that closes a block of this indentation."""
    taken = []
    while lines:
        line = lines.pop(0)
        if line == indent + "}":
            return taken
        taken.append(line)
    raise ValueError("a block is not closed")


def body(lines, names):
    """The lines of a block as those of an object: each block is an attribute of its own."""
    out = []
    while lines:
        line = lines.pop(0)
        block, dynamic, heredoc = BLOCK.match(line), DYNAMIC.match(line), HEREDOC.search(line)
        if heredoc:
            out.append(line)
            while lines:
                out.append(lines.pop(0))
                if out[-1].strip() == heredoc.group(1):
                    break
        elif dynamic:
            out += repeated(to_closing(lines, dynamic.group(1)), dynamic.group(2), names)
        elif block and block.group(2) in META:
            if not block.group(3):
                to_closing(lines, block.group(1))
        elif block:
            names.append(block.group(2))
            out.append(f"{block.group(2)}_{len(names)} = {{" + (block.group(3) or ""))
        else:
            out.append(line)
    return out


def repeated(inner, name, names):
    at = next(at for at, line in enumerate(inner) if line.strip() == "content {")
    each = "\n".join(inner[:at]).split("=", 1)[1].strip()
    content = to_closing(inner[at + 1 :], inner[at][: -len("content {")])
    content = re.sub(rf"\b{name}\.(key|value)\b", r"each_\1", "\n".join(body(content, names)))
    names.append(name)
    return [f"{name}_{len(names)} = [for each_key, each_value in ({each}) : {{", content, "}]"]


def without_provider(text):
    out, lines = [], text.split("\n")
    while lines:
        line = lines.pop(0)
        resource = re.match(r'^resource "([a-z_0-9]+)" "([A-Za-z_0-9-]+)" \{$', line)
        if not resource:
            out.append(line)
            continue
        inner = to_closing(lines, "")
        outside = []
        for meta in ("count", "for_each", "depends_on"):
            at = next((at for at, one in enumerate(inner) if re.match(rf"^  {meta} +=", one)), None)
            if at is not None:
                end = at
                while inner[at].rstrip().endswith("[") and inner[end] != "  ]":
                    end += 1
                taken, inner = inner[at : end + 1], inner[:at] + inner[end + 1 :]
                outside += [] if meta == "depends_on" else taken
        names = []
        out += [f'resource "terraform_data" "{resource.group(1)}__{resource.group(2)}" {{', *outside, "input = {"]
        out += [*body(inner, names), "}", "}"]
    return REFERENCE.sub(r'"\1"', "\n".join(out))


def copied(case, to, has_provider):
    """Copies a root without its provider's block, which a module of a module has no use for. The variables that only this block reads."""
    shutil.copytree(case, to, ignore=shutil.ignore_patterns(".terraform*"))
    only = set()
    for folder, _, files in os.walk(to):
        for name in files:
            path = os.path.join(folder, name)
            if not name.endswith(".tf"):
                continue
            text = open(path).read()
            for block in re.findall(r'^provider "[a-z]+" \{\n.*?^\}\n', text, flags=re.S | re.M):
                only |= set(re.findall(r"\bvar\.([A-Za-z_0-9-]+)", block))
                text = text.replace(block, "")
            text = re.sub(r'^  backend "[a-z0-9]+" \{\n.*?^  \}\n', "", text, flags=re.S | re.M)
            if not has_provider:
                text = re.sub(r"^  required_providers \{\n.*?^  \}\n", "", text, flags=re.S | re.M)
                text = without_provider(text)
            open(path, "w").write(text)
    texts = [open(os.path.join(folder, name)).read() for folder, _, files in os.walk(to) for name in files if name.endswith(".tf")]
    return {name for name in only if not any(re.search(rf"\bvar\.{name}\b", text) for text in texts)}


plain = lambda text: text.strip('"') if isinstance(text, str) else text


def unquoted(value):
    """What hcl2 reads, without the quotes that it may leave around text."""
    if isinstance(value, dict):
        return {plain(key): unquoted(each) for key, each in value.items() if not key.startswith("__")}
    return [unquoted(each) for each in value] if isinstance(value, list) else plain(value)


def other(name, variable):
    """Another value that the variable may take."""
    kind = plain(variable["type"]).removeprefix("${").removesuffix("}")
    known = unquoted(variable.get("default"))
    if kind == "number":
        return (known or 6) + 1
    if kind == "bool":
        return not known
    if kind.startswith(("map", "object")):
        return {"other": "7"}
    if kind.startswith(("list", "set")):
        return ["other"]
    if name.endswith("service_type"):
        return "NodePort" if known != "NodePort" else "ClusterIP"
    if name.endswith(("size", "max_unavailable", "cpus")):
        return "7" if known != "7" else "8"
    return f"other-{name.replace('_', '-')}"


def main():
    given = json.load(open(sys.argv[1]))
    calls, modules = {}, {}
    for number, case in enumerate(given["cases"]):
        folder = os.path.join(given["to"], f"case{number}")
        of_provider = copied(case, folder, given["provider"])
        with open(os.path.join(folder, "variables.tf"), "a") as file:
            file.write(CONTROL)
        variables = {}
        for each in hcl2.loads(open(os.path.join(folder, "variables.tf")).read()).get("variable", []):
            variables.update({plain(name): body for name, body in each.items()})
        needed = {name: "given" for name, variable in variables.items() if "default" not in variable}
        for variable in [None, *(name for name in variables if name not in of_provider)]:
            call = f"c{number}_{variable or 'as-is'}"
            changed = {variable: other(variable, variables[variable])} if variable else {}
            modules[call] = {"source": f"./case{number}", **needed, **changed}
            calls[call] = [number, variable]
    outputs = {call: {"value": "${module." + call + "}", "sensitive": True} for call in modules}
    with open(os.path.join(given["to"], "main.tf.json"), "w") as file:
        json.dump({"module": modules, "output": outputs}, file)
    print(json.dumps(calls))


main()
