/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/hostile.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/riscv64/controller.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/test.h"
#include "runtime/timer.h"
#include "tests/riscv64/hostile_registers.h"
#include "tests/riscv64/uart.h"

#define CALLS    20000u
#define ROUNDS   200u   /* through the tables of registers */
#define MESSAGES 20000u /* and as many writes to registers of UART and IMSIC */
#define SOURCES  96u

/* The parts of PLIC and APLIC that have something; one of them is where nothing is. */
const struct hostile_device hostile_devices[] = {
    {BOARD_PLIC, 0x400},           {BOARD_PLIC + 0x1000, 0x20},
    {BOARD_PLIC + 0x2000, 0x200},  {BOARD_PLIC + 0x200000, 0x2000},
    {BOARD_APLIC, 0x400},          {BOARD_APLIC + 0x1c00, 0x500},
    {BOARD_APLIC + 0x3000, 0x400}, {BOARD_APLIC + 0x4000, 0x40},
    {BOARD_UART, 0x1000},
};
const uint32_t hostile_device_count = sizeof hostile_devices / sizeof hostile_devices[0];

/* What was claimed and not completed gets its end. */
static void complete_all(uint32_t cpu) {
    for (uint32_t source = 1; source < SOURCES; source++) {
        mmio_write32(PLIC_ENABLE(plic_context(cpu), source), ~0u);
        mmio_write32(PLIC_CLAIM(plic_context(cpu)), source);
        mmio_write32(PLIC_ENABLE(plic_context(cpu), source), 0);
    }
}

void hostile_recover(void (*handler)(uint32_t irq)) {
    csr_clear(sstatus, STATUS_SIE | STATUS_SUM | STATUS_MXR | STATUS_FS | STATUS_VS);
    csr_write(sie, 0);
    timer_disarm();
    mmio_write8(UART_IER, 0);
    irq_init(handler);
    if (irq_controller() == &plic_controller) {
        for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
            complete_all(cpu);
    } else if (irq_controller() == &imsic_controller) {
        for (uint32_t id = 0; id < 256; id += 64) {
            imsic_write(IMSIC_EIP(id), 0);
            imsic_write(IMSIC_EIE(id), 0);
        }
    }
    csr_clear(sip, 1u << INTERRUPT_SOFTWARE);
    irq_init_cpu();
}

/* A guest can't read its mode, but what S-mode may and no other does. */
void hostile_check_level(void) {
    csr_write(sscratch, 0x5afe);
    test_equal("sscratch", csr_read(sscratch), 0x5afe);
}

void hostile_jump(uint64_t at) {
    __asm__ volatile("jalr %0" ::"r"(at) : "ra", "memory");
}

void hostile_send(void) {
    switch (random_below(4)) {
    case 0:
        sbi_call(SBI_IPI, SBI_IPI_SEND, random_value(), random_value(), 0);
        break;
    case 1:
        sbi_call(SBI_IPI, SBI_IPI_SEND, random_below(4), random_below(4), 0);
        break;
    default:
        irq_send((uint32_t)(1 + random_below(15)), (uint32_t)random_below(2));
        break;
    }
}

/* Calls that end or stop this VM or this hart, or that say something in the middle of the report:
 * a console_write of what the guest has in memory, or of a byte. */
static bool is_deadly(uint64_t extension, uint64_t function, uint64_t size) {
    switch (extension) {
    case SBI_HSM:
        return function == SBI_HSM_STOP || function == SBI_HSM_SUSPEND;
    case SBI_DBCN:
        return function == SBI_DBCN_WRITE_BYTE || (function == SBI_DBCN_WRITE && size != 0);
    case SBI_LEGACY_PUTCHAR:
    case SBI_LEGACY_SHUTDOWN:
        return true;
    case SBI_SRST:
    case SBI_SUSP:
        return function == 0;
    default:
        return false;
    }
}

void hostile_try_calls(void) {
    static const uint64_t likely[] = {SBI_BASE, SBI_TIME, SBI_IPI,  SBI_RFENCE, SBI_HSM,
                                      SBI_SRST, SBI_PMU,  SBI_DBCN, SBI_SUSP,   0x0a424b48};

    begin_part("calls");
    for (uint32_t i = 0; i < CALLS; i++) {
        uint64_t extension = random_value();
        uint64_t function = random_below(8);
        uint64_t a[5];

        if (random_below(8) != 0)
            extension = likely[random_below(sizeof likely / sizeof likely[0])];
        if (random_below(8) == 0)
            function = random_value();
        for (uint32_t j = 0; j < 5; j++)
            a[j] = random_value();
        if (!is_deadly(extension, function, a[0]))
            sbi_call_5(extension, function, a);
    }
    end_part();

    begin_part("console-calls");
    for (uint32_t i = 0; i < CALLS; i++) {
        uint64_t a[5] = {random_value(), BOARD_NOWHERE + random_value() % BOARD_RAM,
                         random_below(2) == 0 ? 0 : random_value()};

        sbi_call_5(SBI_DBCN, random_below(2), a);
    }
    end_part();
}

#define READ_REGISTER(csr)  (void)csr_read(csr);
#define WRITE_REGISTER(csr) csr_write(csr, random_value());
#define READ_AND_WRITE(csr) READ_REGISTER(csr) WRITE_REGISTER(csr)
#define RUN(instruction)                                                                           \
    do {                                                                                           \
        register uint64_t a0_ __asm__("a0") = random_value();                                      \
        __asm__ volatile(".4byte " #instruction : "+r"(a0_)::"t0", "memory");                      \
    } while (0);
#define COUNT_ONE(name) expected += 1;
#define COUNT_TWO(name) expected += 2;

static void try_others(void) {
    uint64_t expected = 0;

    begin_part("hypervisor-registers");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        HOSTILE_NOT_OURS(READ_AND_WRITE)
        HOSTILE_NOT_OURS(COUNT_TWO)
    }
    test_equal("illegal instructions", part_faults(), expected);
    end_part();

    expected = 0;
    begin_part("hypervisor-instructions");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        HOSTILE_HYPERVISOR(RUN)
        HOSTILE_HYPERVISOR(COUNT_ONE)
    }
    /* The one with all bits zero is two compressed ones. */
    test_equal("illegal instructions", part_faults(), expected + ROUNDS);
    end_part();
}

static void try_own(void) {
    begin_part("own-registers");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        HOSTILE_OURS(READ_AND_WRITE)
        HOSTILE_READ(READ_REGISTER)
        csr_set(sip, random_value());
        csr_write(satp, random_value() & 0x0fffffffffffffff); /* mode 0: stays off */
    }
    csr_write(satp, 0);
    end_part();

    begin_part("own-instructions");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        csr_set(sstatus, STATUS_FS | STATUS_VS);
        HOSTILE_INSTRUCTION(RUN)
        csr_clear(sstatus, STATUS_FS | STATUS_VS);
        HOSTILE_INSTRUCTION(RUN)
    }
    end_part();
}

/* SRET to the next instruction, with whatever else sstatus says of where we came from. */
static void try_return(void) {
    begin_part("sret");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        csr_write(sstatus, (random_value() & ~(uint64_t)STATUS_SIE) | STATUS_SPP);
        csr_clear(sstatus, STATUS_SPIE);
        __asm__ volatile("la t0, 1f\n\tcsrw sepc, t0\n\tsret\n1:" ::: "t0", "memory");
    }
    end_part();
}

/* The IMSIC's page takes words; all of the UART's registers but the one that sends. */
static void try_bytes_and_messages(void) {
    static const uint8_t selects[] = {0x70, 0x72, 0x80, 0x82, 0x84, 0x86, 0xc0, 0xc2, 0xc4, 0xc6};

    begin_part("uart-registers");
    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint64_t at = BOARD_UART + 1 + random_below(7);

        if (random_below(2) == 0)
            mmio_write8(at, (uint8_t)random_value());
        else
            (void)mmio_read8(at);
    }
    end_part();

    begin_part("messages");
    if (irq_controller() == &imsic_controller) {
        for (uint32_t i = 0; i < MESSAGES; i++) {
            mmio_write32(imsic_page((uint32_t)random_below(2)), (uint32_t)random_value());
            imsic_write(selects[random_below(sizeof selects)], random_value());
            imsic_write(random_below(0x70), random_value()); /* other CSRs' numbers */
        }
    }
    end_part();
}

void hostile_try_registers(void) {
    try_others();
    try_own();
    try_return();
    try_bytes_and_messages();
}
