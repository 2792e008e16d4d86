/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider.h - what a node of a device tree depends on: clocks, resets, power domains, pins,
 * regulators, GPIOs, DMA channels, PHYs and the like.
 */
#pragma once

#include "tool/tree/tree.h"

/* One node that another depends on. */
struct provider {
    const char *property;         /* the other's */
    const struct tree_node *node; /* NULL: the tree has no such node */
    bool is_fixed; /* it only says a number: a fixed clock or regulator, which is copied */
};

/* How far a search through a node's properties has come. */
struct provider_search {
    const struct tree_node *node;
    size_t property; /* of the node's */
    size_t cell;     /* of the property's */
};

/* Begins a search for the providers of a node. */
struct provider_search provider_search(const struct tree_node *node);

/* The next provider; false if there are no more. Interrupts are none here, nor are memory and
 * IOMMUs. */
bool provider_next(struct provider_search *search, struct provider *provider);

/* Whether `property` only says more about the property `other`, as clock-names of clocks. */
bool provider_is_about(const char *property, const char *other);

/* The firmware service, as the format's key `firmware` calls it, that a node is or is part of;
 * NULL: it is no firmware's. */
const char *provider_firmware(const struct tree_node *node);
