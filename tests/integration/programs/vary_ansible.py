"""Templates all that the roles of each given case say, once as it is and once for each default of a role with another value. Each
role gets a default more that nobody reads.

Prints the defaults that move nothing, and how many were tried: {still: [..], tried: n}.
"""

import json
import os
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

loader = DataLoader()
# Words of a task that hold expressions without braces.
CONDITIONS = ("when", "until", "failed_when", "changed_when")
# What a play knows, and what an earlier task has found out.
HOSTS = ["one", "two", "three"]


def load(path):
    return loader.load_from_file(path, trusted_as_template=True) if os.path.exists(path) else None


def rendered(templar, tree):
    """The tree with every template evaluated; one that cannot be is what is wrong with it."""
    if isinstance(tree, dict):
        return {key: rendered(templar, each) for key, each in tree.items()}
    if isinstance(tree, list):
        return [rendered(templar, each) for each in tree]
    try:
        return templar.template(tree)
    except Exception as error:
        return f"{type(error).__name__}"


def condition(value):
    each = value if isinstance(value, list) else [value]
    return [trust_as_template("{{ " + one + " }}") if isinstance(one, str) else one for one in each]


def registered(tasks):
    """Results as an earlier task would leave them."""
    result = {"rc": 0, "stdout": "a\nb", "stdout_lines": ["a", "b"], "changed": False, "container": {}, "exists": True}
    return {task["register"]: result for task in tasks if "register" in task}


def said(role, tasks, variables):
    """All that the tasks say with these variables."""
    found = []
    for task in tasks:
        templar = Templar(loader, variables=variables | task.get("vars", {}))
        one = {key: condition(value) if key in CONDITIONS else value for key, value in task.items()}
        found.append(rendered(templar, one))
        for module, args in task.items():
            if module.endswith(".template") and isinstance(args, dict):
                text = open(os.path.join(role, "templates", args["src"])).read()
                found.append(rendered(templar, trust_as_template(text)))
    return json.dumps(found, default=str)


def other(value):
    """Values of the same type that are not this one."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1]
    if isinstance(value, str):
        return ["7" if value != "7" else "8", "standalone", "cluster", "sentinel"]
    if isinstance(value, list):
        return [[*value, "other"], [*value, {"name": "other", "rules": "+@all", "password": "other"}]]
    if isinstance(value, dict):
        return [{**value, "other": "7"}, {key: 7 for key in value}]
    return ["7"]


def main():
    still, tried = [], 0
    for case in json.load(open(sys.argv[1])):
        shared = load(os.path.join(case, "group_vars/all.yml")) or {}
        for name in sorted(os.listdir(os.path.join(case, "roles"))):
            role = os.path.join(case, "roles", name)
            defaults = load(os.path.join(role, "defaults/main.yml")) or {}
            options = load(os.path.join(role, "meta/argument_specs.yml"))["argument_specs"]["main"]["options"]
            given = {key: "given" for key, option in options.items() if option.get("required")}
            tasks = []
            for part in ("tasks", "handlers"):
                folder = os.path.join(role, part)
                for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
                    tasks += load(os.path.join(folder, file))
            play = {"inventory_hostname": "one", "ansible_host": "one", "ansible_play_hosts_all": HOSTS, "item": 1}
            around = play | {"groups": {name: HOSTS}, "group_names": [name]} | registered(tasks) | shared | given
            defaults["nobody_reads_this"] = "x"
            as_is = said(role, tasks, around | defaults)
            for key, value in defaults.items():
                tried += 1
                if all(said(role, tasks, around | defaults | {key: each}) == as_is for each in other(value)):
                    still.append(f"{os.path.basename(case)}: {key}")
    print(json.dumps({"still": still, "tried": tried}))


main()
