"""Copies a GGUF file and marks the copy as a model that embeds, pooled by mean.

    make-embedding-gguf.py IN.gguf OUT.gguf
"""

import sys

import gguf

MEAN = 1

reader = gguf.GGUFReader(sys.argv[1])
architecture = reader.fields["general.architecture"].contents()
writer = gguf.GGUFWriter(sys.argv[2], architecture)
for name, field in reader.fields.items():
    # The writer adds these itself.
    if name.startswith("GGUF.") or name == "general.architecture":
        continue
    kind = field.types[0]
    element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
    writer.add_key_value(name, field.contents(), kind, element)
writer.add_uint32(architecture + ".pooling_type", MEAN)
for tensor in reader.tensors:
    writer.add_tensor(tensor.name, tensor.data, raw_shape=tensor.data.shape, raw_dtype=tensor.tensor_type)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
