"""The posts of a transcript, one a line: number of the entry, type, author, bytes. `python posts.py FILE [TYPE …]`"""

import json
import sys

names = {}
with open(sys.argv[1], encoding="utf-8") as file:
    for number, line in enumerate(file):
        body = json.loads(line)["post"]["body"]
        if body["type"] == "create":
            names = {body["by"]: "organiser", body["server"]: "server"}
        if body["type"] == "join":
            names[body["by"]] = body["name"]
        if not sys.argv[2:] or body["type"] in sys.argv[2:]:
            print(f"{number:4}  {body['type']:9}  {names[body['by']]:9}  {len(line):7}")
