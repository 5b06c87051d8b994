"""Puts stub libraries in the place of CUDA's, so that a torch built for CUDA loads on a machine without it.

    make-cuda-stubs.py FOLDER_OF_TORCH_LIBRARIES

Each exports whatever torch asks for, and every function answers 100, "no device": torch.cuda.is_available() is False.
Needs gcc, nm and readelf.
"""

import os
import re
import subprocess
import sys
import tempfile

FUNCTIONS = re.compile(r"_*cu[a-zA-Z]|nccl|nvrtc|nvshmem|cupti")
LIBRARIES = re.compile(r"lib(cu|nccl|nvrtc|nvshmem)")
ANSWERS_TEXT = re.compile(r"Get(Error|Status)(String|Name)$|GetLastError$")
ANSWER_A_NUMBER = {"cudaGetLastError", "cudaPeekAtLastError"}

folder = sys.argv[1]
made = os.path.join(folder, "cuda-stubs")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(libraries, which):
    lines = (line for library in libraries for line in output("nm", "-D", which, library).splitlines() if line)
    return {line.split()[-1].split("@")[0] for line in lines}


def assembler(names):
    yield ".text"
    for name in sorted(names):
        text = ANSWERS_TEXT.search(name) and name not in ANSWER_A_NUMBER
        answer = "lea message(%rip),%rax" if text else "mov $100,%eax"
        yield f".globl {name}\n.type {name},@function\n{name}: {answer}; ret"
    yield '.section .rodata\nmessage: .asciz "CUDA stub: no device"'
    yield '.section .note.GNU-stack,"",@progbits\n'


# An earlier run that was stopped may have left some: what they export is not to count as there.
if os.path.exists(made):
    with open(made) as names:
        for name in names.read().split():
            if os.path.exists(os.path.join(folder, name)):
                os.remove(os.path.join(folder, name))

libraries = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if re.match(r"lib.*\.so", name)]
missing = symbols(libraries, "--undefined-only") - symbols(libraries, "--defined-only")
needed = {
    name
    for library in libraries
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", library))
    if LIBRARIES.match(name) and not os.path.exists(os.path.join(folder, name))
}
with open(made, "w") as names:
    names.write("\n".join(sorted(needed)) + "\n")
with tempfile.TemporaryDirectory() as temporary:
    source, unit, versions = (os.path.join(temporary, name) for name in ("stub.s", "stub.o", "versions"))
    with open(source, "w") as file:
        file.write("\n".join(assembler(filter(FUNCTIONS.match, missing))))
    output("gcc", "-c", source, "-o", unit)
    for name in sorted(needed):
        with open(versions, "w") as file:
            node = "NVSHMEM" if name.startswith("libnvshmem_host.") else name
            file.write(f"{node} {{ global: *; }};\n")
        flags = ["-shared", "-nostdlib", f"-Wl,-soname,{name}", f"-Wl,--version-script,{versions}"]
        output("gcc", *flags, unit, "-o", os.path.join(folder, name))
