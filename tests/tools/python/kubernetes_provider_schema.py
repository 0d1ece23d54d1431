"""Prints the schema of the Terraform provider for Kubernetes as JSON.

It is read from the jsii assembly inside the wheel of the provider's generated bindings. There every resource is an
interface named `...Config`, every attribute and block a property of it, and the name Terraform knows it by stands in the
link of its documentation. Anything that does not fit this picture ends the run with an error: a schema that quietly
misses an attribute would refuse a right configuration, or accept a wrong one.

usage: kubernetes_provider_schema.py WHEEL
"""

import io
import json
import re
import sys
import tarfile
import zipfile

PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
KINDS = {
    "cdktf.TerraformResource": "resources",
    "cdktf.TerraformDataSource": "data_sources",
    "cdktf.TerraformProvider": "provider",
}
LINK = re.compile(r"\{@link \S+/docs\S*#(\w+) \w+#(\w+)\}")
OWNER = re.compile(r"\{@link \S+/providers/[^/]+/[^/]+/([\d.]+)/docs\S* (\w+)\}")


def read_assembly(wheel_path):
    with zipfile.ZipFile(wheel_path) as wheel:
        bundle = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(wheel.read(bundle))) as archive:
            return json.load(archive.extractfile("package/.jsii"))


def without_resolvable(kind):
    """Every argument may also be a token of the generator; that says nothing about the provider."""
    if "union" not in kind:
        return kind
    rest = [one for one in kind["union"]["types"] if one.get("fqn") != "cdktf.IResolvable"]
    if len(rest) != 1:
        raise ValueError(f"a union of several types: {kind}")
    return rest[0]


def attribute_type(types, kind):
    """The type as Terraform writes it: `string`, `map(string)`, `object({fields=map(string)})`."""
    kind = without_resolvable(kind)
    if "primitive" in kind:
        return PRIMITIVES[kind["primitive"]]
    if "fqn" in kind:
        fields = body(types, kind["fqn"])["attributes"]
        return "object({" + ",".join(f"{name}={field['type']}" for name, field in fields.items()) + "})"
    element = attribute_type(types, kind["collection"]["elementtype"])
    return {"array": "list", "map": "map"}[kind["collection"]["kind"]] + f"({element})"


def block(types, kind):
    """A block that may stand once is an interface, one that may be repeated a collection of them."""
    kind = without_resolvable(kind)
    nesting = "many" if "collection" in kind else "single"
    interface = without_resolvable(kind["collection"]["elementtype"]) if nesting == "many" else kind
    return {"nesting": nesting, **body(types, interface["fqn"])}


def terraform_name(member):
    text = " ".join((member["docs"].get("summary", ""), member["docs"].get("remarks", "")))
    link = LINK.search(text)
    if link is None:
        # `schedule` shows a cron expression, whose "*/" ended the comment in the bindings before its link.
        return re.sub(r"(?<!^)(?=[A-Z])", "_", member["name"]).lower()
    if link[1] != link[2]:
        raise ValueError(f"two names for one argument: {text}")
    return link[1]


def body(types, interface):
    attributes, blocks = {}, {}
    for member in types[interface].get("properties", []):
        name = terraform_name(member)
        required = not member.get("optional", False)
        if member["docs"].get("summary") == f"{name} block.":
            blocks[name] = {"required": required, **block(types, member["type"])}
        else:
            attributes[name] = {"required": required, "type": attribute_type(types, member["type"])}
    return {"attributes": attributes, "blocks": blocks}


def schema(types):
    found = {"provider": "kubernetes", "version": None, "resources": {}, "data_sources": {}}
    for owner in types.values():
        kind = KINDS.get(owner.get("base"))
        if kind is None:
            continue
        version, name = OWNER.search(owner["initializer"]["docs"]["summary"]).groups()
        found["version"] = version
        config = next(one["type"]["fqn"] for one in owner["initializer"]["parameters"] if one["name"] == "config")
        if kind == "provider":
            found["configuration"] = body(types, config)
        else:
            found[kind][name] = body(types, config)
    if not found["resources"]:
        raise ValueError("no resource found")
    return found


if __name__ == "__main__":
    json.dump(schema(read_assembly(sys.argv[1])["types"]), sys.stdout, sort_keys=True, separators=(",", ":"))
