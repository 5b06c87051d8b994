"""Serves a model through llama.cpp's own HTTP server as xllamacpp packages it.

    serve-llamacpp.py PACKAGES_FOLDER '{"model": {"path": "x.gguf"}, "port": 0, "n_ctx": 4096}'

The JSON sets fields of CommonParams. The server's log, on standard error, says `listening on http://127.0.0.1:PORT` when
the model is loaded. Ends on SIGTERM or SIGINT; the second one ends it at once.
"""

import enum
import json
import os
import signal
import sys
import threading

sys.path.insert(0, sys.argv[1])
import xllamacpp


def apply(target, fields):
    for name, value in fields.items():
        current = getattr(target, name)
        if isinstance(value, dict) and not isinstance(current, dict):
            apply(current, value)
        elif isinstance(current, enum.Enum):
            setattr(target, name, type(current)[value])
        else:
            setattr(target, name, value)


params = xllamacpp.CommonParams()
apply(params, json.loads(sys.argv[2]))
if "LLAMA_API_KEY" in os.environ:
    params.api_keys = [os.environ["LLAMA_API_KEY"]]
server = xllamacpp.Server(params)

stopping = threading.Event()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: stopping.set())
stopping.wait()
# The destructor waits inside C++, where Python's handlers do not run, for requests that may never end.
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_DFL)
del server
# Threads of the server would keep the interpreter alive.
os._exit(0)
