/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system_image.h - the compiled system: what the bulkhead tool writes and the
 * hypervisor reads.
 *
 * The image is one file, loaded as a Linux kernel image is loaded:
 *
 *   0                hypervisor binary (Image header, boot record, text, rodata)
 *   ...              zeros: the hypervisor's own .bss and boot stack
 *   table_offset     struct system_table and its sections (4 KiB aligned)
 *   payload.offset   one slot per payload (guest image, device tree, initrd); the same
 *                    bytes for several VMs may lie in one slot
 *   manifest_offset  what it was made of, as text, in a gap or behind all else
 *
 * The offset of a slot of 2 MiB or more is congruent to its guest address modulo
 * 2 MiB, so that in-place use and block mappings stay possible. All numbers are little endian.
 * Sections are arrays that lie behind the header at 8-byte aligned offsets.
 *
 * `at` is always a guest's address, `phys` a machine address.
 */
#pragma once

#include <stdint.h>

#define SYSTEM_TABLE_MAGIC   0x544b4842u /* "BHKT", little endian */
#define SYSTEM_TABLE_VERSION 8u
#define SYSTEM_PAGE_SIZE     4096u
#define SYSTEM_BLOCK_SIZE    0x200000u /* payload congruence, alignment of home */

#define SYSTEM_CPUS_MAX       8u
#define SYSTEM_VMS_MAX        8u
#define SYSTEM_NAME_SIZE      32u
#define SYSTEM_GICR_MAX       4u
#define SYSTEM_LEVELS_MIN     3u /* of a stage 2 */
#define SYSTEM_LEVELS_MAX     5u
#define SYSTEM_TABLE_SIZE_MAX 0x40000u /* 256 KiB: what the hypervisor maps */

enum system_arch { SYSTEM_ARCH_ARM64 = 1, SYSTEM_ARCH_RISCV64 = 2 };

/* `count` entries at `offset` bytes from the start of struct system_table. */
struct system_section {
    uint32_t offset;
    uint32_t count;
};

struct system_range {
    uint64_t phys;
    uint64_t size;
};

/* arm64: a GICv3. */
struct system_board_arm64 {
    struct system_range gicd;
    struct system_range gicr[SYSTEM_GICR_MAX]; /* size 0: unused */
    uint32_t gic_maintenance_irq;              /* INTIDs, PPIs */
    uint32_t timer_virtual_irq;
    uint32_t timer_physical_irq;
    uint32_t timer_hypervisor_irq;
};

enum system_controller {
    SYSTEM_CONTROLLER_PLIC = 1,  /* RISC-V PLIC 1.0 */
    SYSTEM_CONTROLLER_APLIC = 2, /* AIA: APLIC in direct delivery mode, no IMSIC */
    SYSTEM_CONTROLLER_AIA = 3,   /* AIA: APLIC that sends MSIs, IMSIC with guest interrupt files */
};

/* Extensions that a guest of the board is told of and the hypervisor has to find at boot. */
#define SYSTEM_ISA_SSTC   (1u << 0)
#define SYSTEM_ISA_SVPBMT (1u << 1)
#define SYSTEM_ISA_SVADU  (1u << 2)
#define SYSTEM_ISA_ZICBOM (1u << 3)
#define SYSTEM_ISA_ZICBOZ (1u << 4)
#define SYSTEM_ISA_FLOAT  (1u << 5) /* F */
#define SYSTEM_ISA_VECTOR (1u << 6) /* V */
#define SYSTEM_ISA_SV48   (1u << 7) /* and Sv48x4 */
#define SYSTEM_ISA_SV57   (1u << 8) /* and Sv57x4 */
#define SYSTEM_ISA_ALL    0x1ffu

struct system_board_riscv64 {
    struct system_range controller; /* registers of the PLIC, or of the APLIC's S-mode domain */
    struct system_range swi;        /* ACLINT SSWI; size 0: none, firmware's IPIs are used */
    uint64_t timebase;              /* ticks of `time` per second */
    uint32_t controller_kind;       /* enum system_controller */
    uint32_t sources;               /* its highest source number: riscv,ndev, riscv,num-sources */
    uint32_t guest_files; /* AIA: guest interrupt files of each hart, at least 1; else 0 */
    uint32_t identities;  /* AIA: highest identity of an interrupt file; else 0 */
    uint32_t isa;         /* SYSTEM_ISA_* */
    uint32_t block_size;  /* bytes of Zicbom's and Zicboz's cache block; 0: neither */
    uint32_t reserved[8]; /* 0 */
};

/* The machine: copied from the board's device tree; trusted, never measured. */
struct system_board {
    uint32_t console_kind; /* CONSOLE_KIND_* */
    uint32_t console_irq;  /* the controller's number of its receive interrupt; 0: none */
    uint64_t console_phys;
    uint32_t console_layout; /* as in the boot record */
    uint32_t pmu_irq; /* arm64: of cores' overflowing counters, a PPI; 0: not known, or none */
    union {
        struct system_board_arm64 arm64;
        struct system_board_riscv64 riscv64;
    };
};

struct system_cpu {
    uint64_t hwid; /* MPIDR_EL1 affinity fields (Aff3 in bits 39:32), or RISC-V hart id */
    /*
     * riscv64: what the interrupt controller calls it. PLIC: number of its S-mode context. APLIC:
     * its IDC. AIA: its hart index as the APLIC's target registers have it, and where its S-mode
     * interrupt file is; guest file g follows g pages behind. arm64: 0.
     */
    uint32_t controller_index;
    uint32_t reserved; /* 0 */
    uint64_t controller_phys;
};

/* How a life of a VM ends ... */
enum system_end {
    SYSTEM_END_FAULT = 0,
    SYSTEM_END_RESET = 1,    /* its guest's own request */
    SYSTEM_END_POWEROFF = 2, /* the same */
    SYSTEM_END_WATCHDOG = 3,
    SYSTEM_ENDS = 4,
};

/* ... and what follows. */
enum system_action {
    SYSTEM_STOP = 0,
    SYSTEM_RESTART = 1,
    SYSTEM_HALT = 2,          /* the whole system stands still */
    SYSTEM_RESTART_GROUP = 3, /* all VMs of its group begin anew, itself too */
};

struct system_policy {
    uint32_t action;   /* enum system_action */
    uint32_t then;     /* the same, but not RESTART, when `max` are used up */
    uint32_t max;      /* restarts of this kind; 0: no limit */
    uint32_t within;   /* ms in which they count */
    uint32_t back_off; /* ms that a restart waits */
};

enum system_vm_console {
    SYSTEM_VM_CONSOLE_NONE = 0,
    SYSTEM_VM_CONSOLE_PL011 = 1, /* emulated, on the hypervisor's console */
    SYSTEM_VM_CONSOLE_16550 = 2, /* the same */
    SYSTEM_VM_CONSOLE_SBI = 3,   /* calls instead of registers, on the same line; riscv64 */
};

/* A run of entries of the section of the same name that belong to one VM. */
struct system_slice {
    uint32_t first;
    uint32_t count;
};

#define SYSTEM_VM_DMA_UNPROTECTED 1u /* a device of its reads and writes all memory */
#define SYSTEM_VM_WARM            2u /* a restart keeps memory, but where payloads are */
#define SYSTEM_VM_WATCHDOG_BOOT   4u /* its watchdog runs from the first instruction on */

struct system_vm {
    char name[SYSTEM_NAME_SIZE]; /* [a-z][a-z0-9-]*, NUL padded, NUL terminated */
    uint64_t cpus;               /* bit i: owns machine CPU i; vCPU n is the n-th bit set */
    uint64_t entry;              /* guest address where vCPU 0 starts */
    uint64_t boot_argument;      /* x0, or a1: guest address of the device tree; 0: none */
    uint32_t flags;              /* SYSTEM_VM_* */
    uint32_t console;            /* enum system_vm_console */
    uint64_t console_at;         /* its registers, one page */
    uint32_t console_irq;        /* interrupt number that the guest sees */
    uint32_t stage2_levels;      /* 3; riscv64: 3 to 5, Sv39x4 to Sv57x4 */
    /*
     * The guest's view of its interrupt controller. GICv3: distributor (64 KiB) and redistributors
     * (128 KiB per vCPU). PLIC, APLIC: its registers; AIA: and the vCPUs' interrupt files (4 KiB
     * each), one behind the other; else 0.
     */
    uint64_t controller_at;
    uint64_t controller_cpus_at;
    uint64_t seeds_at; /* guest address of a struct system_seeds; 0: none */
    /*
     * The longest that its guest may leave its watchdog unfed, in ms; 0: it has none. arm64: two
     * pages of registers, of control and of refresh (Arm SBSA), 0: none, it is fed by calls, and
     * the interrupt of its first stage.
     */
    uint64_t watchdog_at;
    uint32_t watchdog;
    uint32_t watchdog_irq;
    uint32_t manages; /* bit i: may stop and start VM i, never itself */
    uint32_t group;   /* bit i: VM i is of its group; itself, or 0: it has none */
    struct system_policy policies[SYSTEM_ENDS]; /* by enum system_end */
    struct system_slice memory;
    struct system_slice devices;
    struct system_slice interrupts;
    struct system_slice payloads;
    struct system_slice members;
};

/*
 * Two neighbouring properties in a device tree's structure block (Devicetree Specification 0.4,
 * 5.4), 4-byte aligned: the hypervisor fills both values anew for each life. Where the machine has
 * no source of random numbers, all becomes FDT_NOP, as if they were not there.
 */
struct system_seeds {
    uint32_t kaslr_property[3]; /* FDT_PROP, length, name */
    uint8_t kaslr[8];
    uint32_t rng_property[3];
    uint8_t rng[32];
};

#define SYSTEM_MEMORY_CLEAR        1u /* cleared before the VM is entered the first time */
#define SYSTEM_DEVICE_PREFETCHABLE 1u /* a bus's window: reading has no effect, as in memory */

/* Memory, or a window of device registers, given to the VM page by page. */
struct system_region {
    uint64_t at;
    uint64_t phys;  /* memory: congruent to `at` modulo 2 MiB where size >= 2 MiB */
    uint64_t size;  /* all three: multiples of 4 KiB */
    uint64_t flags; /* SYSTEM_MEMORY_*, or SYSTEM_DEVICE_* */
};

#define SYSTEM_INTERRUPT_EDGE 1u /* else level */

/* A device's interrupt (GIC: a shared peripheral interrupt) owned by one VM. */
struct system_interrupt {
    uint32_t number; /* what the guest's handler reads */
    uint32_t phys;   /* the controller's own number (GIC INTID, PLIC/APLIC source) */
    uint64_t flags;  /* SYSTEM_INTERRUPT_* */
};

struct system_payload {
    uint64_t at;        /* guest address; wholly inside one memory region of its VM */
    uint64_t offset;    /* from the image's start, 4 KiB aligned, where slot_size >= 2 MiB
                           congruent modulo 2 MiB to at's page */
    uint64_t size;      /* bytes */
    uint64_t slot_size; /* bytes reserved in the image, >= size, multiple of 4 KiB */
    /*
     * Of the payload's bytes, taken as 32-bit words, with zeros behind the last: the sum of all,
     * and the sum of what that sum has been after each word, modulo 2^64 (Fletcher's checksum). Up
     * to 16 GiB it finds whatever changes no more than two words, since what one gains the other
     * has to lose for the first sum, and their distance then changes the second; so bursts of up to
     * 33 bits too. And it finds what only sets bits or only clears them, since then the first sum
     * only grows or only shrinks: memory that was erased, or not written. Other damage has to meet
     * both sums by chance.
     */
    uint64_t digest[2];
};

#define SYSTEM_CHANNEL_KEEP 1u /* a member that begins anew leaves its memory as it is */

/* Memory that VMs share: a page of struct channel_state (abi/channel.h), and behind it their own.
 */
struct system_channel {
    uint64_t phys;
    uint64_t size;  /* of both, two pages at least; phys and size: multiples of 4 KiB */
    uint64_t flags; /* SYSTEM_CHANNEL_* */
};

#define SYSTEM_MEMBER_WRITES 1u /* all but the first page, which no member can write */

/* A VM's part in a channel: one at most. */
struct system_member {
    uint32_t channel; /* which of the section */
    uint32_t flags;   /* SYSTEM_MEMBER_* */
    uint64_t at;      /* where all of it is for the guest: a multiple of 4 KiB */
};

struct system_table {
    uint32_t magic;           /* SYSTEM_TABLE_MAGIC */
    uint32_t version;         /* SYSTEM_TABLE_VERSION */
    uint32_t size;            /* bytes, this header and all sections; a multiple of 8 */
    uint32_t arch;            /* enum system_arch */
    uint64_t digest[2];       /* of `size` bytes, as a payload's, this field taken as 0 */
    uint64_t home;            /* machine address of the image; 2 MiB aligned */
    uint64_t image_size;      /* bytes of the whole file, a multiple of 4 KiB */
    struct system_range pool; /* RAM for the hypervisor's own pages, behind no payload */
    struct system_board board;
    struct system_section ram;        /* struct system_range */
    struct system_section cpus;       /* struct system_cpu, in the tree's order */
    struct system_section vms;        /* struct system_vm */
    struct system_section memory;     /* struct system_region */
    struct system_section devices;    /* struct system_region */
    struct system_section interrupts; /* struct system_interrupt */
    struct system_section payloads;   /* struct system_payload */
    struct system_section channels;   /* struct system_channel */
    struct system_section members;    /* struct system_member */
    /*
     * The names of all this and the digests of what it was made of, as JSON: for the tool alone,
     * the hypervisor never reads it. It lies over no payload's slot. All three 0: there is none.
     */
    uint64_t manifest_offset; /* from the image's start, 4 KiB aligned */
    uint32_t manifest_size;   /* bytes */
    uint32_t manifest_crc;    /* CRC-32C of them */
};

_Static_assert(sizeof(struct system_slice) == 8 && sizeof(struct system_section) == 8, "");
_Static_assert(sizeof(struct system_range) == 16 && sizeof(struct system_region) == 32, "");
_Static_assert(sizeof(struct system_payload) == 48 && sizeof(struct system_vm) == 248, "");
_Static_assert(sizeof(struct system_board_riscv64) == sizeof(struct system_board_arm64), "");
_Static_assert(sizeof(struct system_board) == 120 && sizeof(struct system_table) == 272, "");
_Static_assert(sizeof(struct system_cpu) == 24 && sizeof(struct system_interrupt) == 16, "");
_Static_assert(sizeof(struct system_seeds) == 64, "");
_Static_assert(sizeof(struct system_channel) == 24 && sizeof(struct system_member) == 16, "");
