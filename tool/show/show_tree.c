/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show.h"

#include "tool/tree/dtc.h"
#include "tool/tree/tree.h"

/* The payload that is a VM's tree; NULL: it has none. */
static const struct system_payload *find_payload(const struct system *system,
                                                 const struct system_vm *vm) {
    for (uint32_t i = vm->payloads.first; i < vm->payloads.first + vm->payloads.count; i++)
        if (vm->boot_argument != 0 && system->payloads[i].at == vm->boot_argument)
            return &system->payloads[i];
    return NULL;
}

const char *show_tree(FILE *stream, struct shown *shown, uint32_t vm) {
    const struct system_vm *entry = &shown->system.vms[vm];
    const struct system_payload *payload = find_payload(&shown->system, entry);
    struct dtc_errors errors = {0};

    if (payload == NULL)
        return arena_printf(&shown->arena, "'%s' gets no device tree (dtb: none)", entry->name);
    const void *tree = shown->image + payload->offset;
    const char *source = tree_check(tree, payload->size) == 0
                             ? dtc_source(tree, payload->size, &shown->arena, &errors)
                             : NULL;
    if (source == NULL)
        return errors.count != 0 ? errors.items[0].text : "the VM's device tree in it is damaged";
    fputs(source, stream);
    return NULL;
}
