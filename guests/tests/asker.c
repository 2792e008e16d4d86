/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asker - asks about the VM that it manages, for ever, as fast as that goes. With pause=MS it has
 * that one stopped, started and restarted first, each when all have been at rest for so long.
 */
#include "abi/counters.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/manage.h"
#include "runtime/tick.h"
#include "runtime/tree.h"

void guest_main(uint64_t tree) {
    uint32_t pause = (uint32_t)tree_argument_number(tree, "pause");

    irq_begin(tick_handle);
    tick_start();
    for (uint32_t what = MANAGE_STOP; pause != 0 && what <= MANAGE_RESTART; what++) {
        tick_sleep(pause);
        manage_ask(0, what);
    }
    for (uint32_t cause = 0;; cause = (cause + 1) % EXIT_CAUSES) {
        managed_fact(0, MANAGED_STATE);
        managed_exits(0, 0, cause);
    }
}
