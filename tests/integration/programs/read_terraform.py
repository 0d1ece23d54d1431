"""Reads every file of Terraform below given folders: arguments that are wrong by a provider's schema, variables and locals that nobody reads."""

import hcl2, json, os, re, sys
given = json.load(open(sys.argv[1]))
schema = json.load(open(given['schema']))
plain = lambda text: text.strip('"')
wrong = []

def judge(where, body, known):
    blocks = known.get('blocks', {})
    for name, value in body.items():
        if name.startswith('__') or name in ('lifecycle', 'depends_on', 'count', 'for_each', 'provider', 'timeouts', 'provisioner', 'connection'):
            continue
        if name == 'dynamic':
            for each in value:
                for block, inner in each.items():
                    block = plain(block)
                    if block not in blocks:
                        wrong.append(f'{where}: there is no block {block}')
                    else:
                        for content in inner.get('content', []):
                            judge(f'{where}.{block}', content, blocks[block])
            continue
        if name in known['attributes']:
            continue
        if name in blocks:
            for inner in value if isinstance(value, list) else [value]:
                judge(f'{where}.{name}', inner, blocks[name])
            continue
        wrong.append(f'{where}: there is no argument {name}')
    dynamic = {plain(block) for each in body.get('dynamic', []) for block in each}
    for name, attribute in known['attributes'].items():
        if attribute.get('required') and name not in body:
            wrong.append(f'{where}: {name} is required')
    for name, block in blocks.items():
        if block.get('required') and name not in body and name not in dynamic:
            wrong.append(f'{where}: {name} is required')

for case in given['cases']:
    for folder, _, files in os.walk(case):
        if '.terraform' in folder:
            continue
        texts = {name: open(os.path.join(folder, name)).read() for name in files if name.endswith('.tf')}
        read = {name: hcl2.loads(text) for name, text in texts.items()}
        if given['provider']:
            for name, parsed in read.items():
                for section, known in (('resource', schema['resources']), ('data', schema['data_sources'])):
                    for each in parsed.get(section, []):
                        for kind, named in each.items():
                            kind = plain(kind)
                            for title, body in named.items():
                                where = f'{folder}/{name}: {kind}.{plain(title)}'
                                if kind not in known:
                                    wrong.append(f'{where}: there is no such kind')
                                else:
                                    judge(where, body, known[kind])
        variables = {plain(v) for parsed in read.values() for each in parsed.get('variable', []) for v in each}
        text = '\n'.join(texts.values())
        for variable in sorted(variables):
            if not re.search(r'\bvar\.' + re.escape(variable) + r'\b', text):
                wrong.append(f'{folder}: nobody reads the variable {variable}')
        for each in (e for parsed in read.values() for e in parsed.get('locals', [])):
            for name in each:
                if not name.startswith('__') and not re.search(r'\blocal\.' + re.escape(plain(name)) + r'\b', text):
                    wrong.append(f'{folder}: nobody reads the local {name}')
print(json.dumps(wrong))
