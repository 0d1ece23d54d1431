"""Takes single Ansible collections out of the `ansible` wheel and prints the name and version of each.

usage: unpack_collections.py WHEEL FOLDER NAMESPACE.NAME...
"""

import json
import sys
import zipfile


def main(wheel_path, folder, names):
    with zipfile.ZipFile(wheel_path) as wheel:
        for name in names:
            prefix = "ansible_collections/" + name.replace(".", "/") + "/"
            members = [member for member in wheel.namelist() if member.startswith(prefix)]
            if not members:
                sys.exit(f"{wheel_path} has no collection {name}")
            wheel.extractall(folder, members)
            manifest = json.loads(wheel.read(prefix + "MANIFEST.json"))
            print(name, manifest["collection_info"]["version"])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
