"""Holds manifests against Kubernetes's own schemas, strictly, and LeaderWorkerSets against their definition.

validate-manifests.py DEFINITION FILE...  prints what is wrong, a line each, and ends with 1 then.
"""
import sys

import jsonschema
import kubernetes_validate
import yaml

VERSIONS = ["1.30", "1.37"]


def strictly(schema):
    """A schema that knows no further properties, as a strict API server does."""
    if isinstance(schema, list):
        return [strictly(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strictly(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def definition_schema(path):
    with open(path) as file:
        definition = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    version = next(one for one in definition["spec"]["versions"] if one["name"] == "v1")
    return strictly(version["schema"]["openAPIV3Schema"])


def problems_of(document, validator):
    if document.get("kind") == "LeaderWorkerSet":
        return [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator().iter_errors(document)]
    found = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{version}: {list(error.path)}: {error.message[:300]}")
    return found


def main(definition, files):
    made = []

    def validator():
        if not made:
            made.append(jsonschema.Draft7Validator(definition_schema(definition)))
        return made[0]

    failed = False
    count = 0
    for path in files:
        with open(path) as file:
            for document in yaml.safe_load_all(file):
                count += 1
                for problem in problems_of(document, validator):
                    failed = True
                    print(f"{path}: {document.get('kind')}: {problem}")
    print(f"{count} documents")
    return 1 if failed else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
