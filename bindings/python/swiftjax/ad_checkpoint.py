"""`jax.ad_checkpoint`: what a checkpointed function keeps for the backward pass."""

from dataclasses import dataclass
from types import SimpleNamespace

from . import _core
from .tree_util import tree_map

_NOTHING, _PLAIN_DOTS, _DOTS, _EVERYTHING = range(4)  # sj_saved_operations


@dataclass(frozen=True)
class Policy:
    """The operations whose results are kept, and the named values: these, or all others."""

    operations: int
    names: frozenset = frozenset()
    all_but_names: bool = False


def _either(first, second):
    """The policy that keeps what one of two keeps."""
    operations = max(first.operations, second.operations)
    if first.all_but_names and second.all_but_names:
        return Policy(operations, first.names & second.names, True)
    if first.all_but_names or second.all_but_names:
        but, only = (first, second) if first.all_but_names else (second, first)
        return Policy(operations, but.names - only.names, True)
    return Policy(operations, first.names | second.names)


def _both_kept(*, names_which_can_be_saved, names_which_can_be_offloaded, offload_src, offload_dst):
    """As save_only_these_names: the memory of the CPU is where values would be offloaded to."""
    saved, offloaded = frozenset(names_which_can_be_saved), frozenset(names_which_can_be_offloaded)
    if saved & offloaded:
        raise ValueError(f"The names {sorted(saved & offloaded)} are both to be saved and to be offloaded.")
    return Policy(_NOTHING, saved | offloaded)


_dots, _plain_dots = Policy(_DOTS), Policy(_PLAIN_DOTS)

checkpoint_policies = SimpleNamespace(
    everything_saveable=Policy(_EVERYTHING, all_but_names=True),
    nothing_saveable=Policy(_NOTHING),
    dots_saveable=_dots,
    checkpoint_dots=_dots,
    dots_with_no_batch_dims_saveable=_plain_dots,
    checkpoint_dots_with_no_batch_dims=_plain_dots,
    offload_dot_with_no_batch_dims=lambda offload_src, offload_dst: _plain_dots,
    save_anything_except_these_names=lambda *names: Policy(_EVERYTHING, frozenset(names), True),
    save_any_names_but_these=lambda *names: Policy(_NOTHING, frozenset(names), True),
    save_only_these_names=lambda *names: Policy(_NOTHING, frozenset(names)),
    save_from_both_policies=_either,
    save_and_offload_only_these_names=_both_kept,
)


def policy_arguments(policy):
    """(operations, names, all_but_names) of a policy, for the engine."""
    if policy is None:
        policy = checkpoint_policies.nothing_saveable
    if not isinstance(policy, Policy):
        raise TypeError(f"policy must be one of jax.checkpoint_policies or made by one of them, got {policy!r}")
    return policy.operations, tuple(sorted(policy.names)), policy.all_but_names


def checkpoint_name(x, name):
    """The leaves of a tree, under a name that policies know."""
    return tree_map(lambda leaf: _core.checkpoint_name(leaf, name), x)
