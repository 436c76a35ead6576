"""Writes xla_bits.txt: results of JAX 0.10.2 on an x86-64 CPU with FMA that ours must equal
bit for bit, because random numbers are made with these functions. The format is that
of elementary.txt.
"""

import jax
import numpy as np

from make_elementary import TYPES, bits, printing_to

jax.config.update("jax_enable_x64", True)
COUNT = 250


def uniform(seed, low, high, dtype):
    key = jax.random.key(seed)
    return np.asarray(jax.random.uniform(key, (COUNT,), dtype, minval=low, maxval=high))


def arguments(dtype):
    unit = uniform(0, np.finfo(dtype).tiny, 1, dtype)
    signed = uniform(1, np.nextafter(dtype(-1), dtype(0)), 1, dtype)
    return {
        "log": np.concatenate([unit, -np.log(unit)]),  # gumbel
        # In float64 off by up to 128 ULP, where our log1p is not.
        "log1p_xla": -unit,  # exponential
        "erf_inv": signed,  # normal
    }


with printing_to("xla_bits.txt"):
    for type_name, dtype in TYPES.items():
        for name, x in arguments(dtype).items():
            print(name, type_name, 0)
            for pair in zip(x, np.asarray(getattr(jax.lax, name.removesuffix("_xla"))(x))):
                print(*(bits(value, dtype) for value in pair))
