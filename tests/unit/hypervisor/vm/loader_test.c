/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The windows are the test's own: the machine's RAM is one buffer, all of which is
 * poisoned but for what the two windows show, so that the sanitizer finds whoever
 * touches more than was mapped.
 */
#include "hypervisor/support.h"

#include <sanitizer/asan_interface.h>

#include "hypervisor/small_system.h"
#include "lib/fletcher.h"
#include "mem/hypervisor_space.h"
#include "vm/loader.h"

#define RAM_PHYS UINT64_C(0x50000000)
#define RAM_SIZE (64u << 20)
#define HOME     RAM_PHYS
#define TARGET   (RAM_PHYS + (8u << 20)) /* where the VM's memory lies */
#define MEMORY   (5u << 20)              /* two blocks and a half */
#define DIRTY    0xcd
#define GUARD    4096u

static uint8_t *ram;
static struct {
    uint64_t start, size;
    enum page_use use;
    uint64_t cleaned; /* bytes, before it was opened */
} windows[WINDOWS];
static uint64_t unclean; /* what is written and not yet out of the caches: where it begins */
static unsigned opened;  /* times */
static uint64_t memory_size;
static uint64_t blocks;

static void show(void) {
    ASAN_POISON_MEMORY_REGION(ram, RAM_SIZE);
    for (unsigned i = 0; i < WINDOWS; i++) {
        if (windows[i].size > 0)
            ASAN_UNPOISON_MEMORY_REGION(ram + windows[i].start, windows[i].size);
    }
}

/*
 * While a cacheable window is open what was written is not cleaned, but wholly so, and in one
 * piece, through one that is not cacheable and shows the same.
 */
static void leave(enum space_window window) {
    if (window == WINDOW_TARGET && windows[window].size > 0)
        assert_int_equal(host.cleaned - windows[window].cleaned,
                         windows[window].use == PAGE_HYPERVISOR_UNCACHED ? windows[window].size
                                                                         : 0);
    windows[window].size = 0;
}

void space_window_close(enum space_window window) {
    record("unmap %s", window == WINDOW_TARGET ? "target" : "source");
    leave(window);
    show();
}

void *space_window(enum space_window window, phys_t start, uint64_t size, enum page_use use) {
    uint64_t last = windows[window].size, within = start.value % PAGE_SIZE;

    record("map %s%s", window == WINDOW_TARGET ? "target" : "source",
           use == PAGE_HYPERVISOR_UNCACHED ? " uncached" : "");
    leave(window);
    windows[window].use = use;
    windows[window].cleaned = host.cleaned;
    if (window == WINDOW_SOURCE) {
        assert_int_equal(use, PAGE_HYPERVISOR_CONST);
        start.value -= within;
        size = pages_for(within + size) * PAGE_SIZE;
    } else if (use == PAGE_HYPERVISOR_DATA) {
        assert_int_equal(unclean, 0);
        unclean = start.value;
    } else {
        assert_int_equal(use, PAGE_HYPERVISOR_UNCACHED);
        assert_int_equal(start.value, unclean);
        assert_int_equal(size, last);
        unclean = 0;
    }
    /* RAM, whole pages of what is written, no more than a window holds. */
    assert_int_equal(start.value % PAGE_SIZE, 0);
    assert_int_equal(size % PAGE_SIZE, 0);
    /* Blocks, or pages of a single one. */
    assert_true(size > 0 && size <= SPACE_BLOCKS_SIZE);
    if (start.value % SPACE_WINDOW_SIZE != 0 || size % SPACE_WINDOW_SIZE != 0)
        assert_int_equal(start.value / SPACE_WINDOW_SIZE,
                         (start.value + size - 1) / SPACE_WINDOW_SIZE);
    else
        blocks += size / SPACE_WINDOW_SIZE;
    assert_true(start.value >= RAM_PHYS && start.value + size <= RAM_PHYS + RAM_SIZE);
    windows[window].start = start.value - RAM_PHYS;
    windows[window].size = size;
    opened++;
    show();
    return ram + windows[window].start + (window == WINDOW_SOURCE ? within : 0);
}

static uint8_t *at(uint64_t phys) {
    return ram + (phys - RAM_PHYS);
}

static void close_ram(void) {
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    free(ram);
}

static void open_ram(void) {
    struct random random = {5};

    ram = aligned_alloc(2u << 20, RAM_SIZE);
    assert_non_null(ram);
    atexit(close_ram);
    for (uint32_t i = 0; i < (8u << 20); i += 8)
        *(uint64_t *)(void *)(ram + i) = random_next(&random);
}

BEFORE_EACH(begin) {
    if (ram == NULL)
        open_ram();
    small_begin();
    opened = 0;
    blocks = 0;
    memory_size = MEMORY;
    unclean = 0;
    memset(windows, 0, sizeof(windows));
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    memset(at(TARGET), DIRTY, MEMORY + GUARD);
    small.table.home = HOME;
    small.vms[LINUX].memory = (struct system_slice){0, 1};
    small.memory[0] = (struct system_region){GUEST_MEMORY, TARGET, MEMORY, SYSTEM_MEMORY_CLEAR};
    small_create(&vm, LINUX);
    show();
}

static void add_payload(uint64_t offset_in_memory, uint64_t offset_in_image, uint64_t size) {
    struct system_payload *payload = &small.payloads[small.vms[LINUX].payloads.count++];

    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    *payload = (struct system_payload){
        .at = GUEST_MEMORY + offset_in_memory, .offset = offset_in_image, .size = size};
    if (offset_in_image % PAGE_SIZE ==
        0) /* as the validator wants it; some tests copy from anywhere */
        fletcher(payload->digest, at(HOME + offset_in_image), size);
    show();
}

/* What the VM's memory must be after a load, byte for byte. */
static void check(bool cleared) {
    const struct system_slice *payloads = &small.vms[LINUX].payloads;
    uint8_t *expected = malloc(memory_size);

    assert_non_null(expected);
    memset(expected, cleared ? 0 : DIRTY, memory_size);
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    for (uint32_t i = 0; i < payloads->count; i++)
        memcpy(expected + (small.payloads[i].at - GUEST_MEMORY),
               at(HOME + small.payloads[i].offset), small.payloads[i].size);
    assert_memory_equal(at(TARGET), expected, memory_size);
    /* And nothing around it. */
    for (uint32_t i = 0; i < GUARD; i++)
        assert_int_equal(*at(TARGET + memory_size + i), DIRTY);
    free(expected);
    show();
}

static void fill(bool first_life) {
    for (uint32_t i = 0; i < vm.vcpu_count; i++)
        loader_fill(&vm.vcpus[i], first_life);
    for (unsigned i = 0; i < WINDOWS; i++)
        assert_int_equal(windows[i].size, 0); /* all closed again */
    assert_int_equal(unclean, 0);
}

TEST(memory_is_cleared) {
    fill(true);
    check(true);
    assert_int_equal(host.cleaned, MEMORY);
}

/* Nothing maps it cacheable any more when it is cleaned. */
TEST(memory_is_cleaned_last) {
    small.memory[0].size = 0x200000;
    add_payload(0x1000, 0x1000, 0x2000);
    uint64_t whose = small.memory[0].phys / SPACE_BLOCKS_SIZE % vm.vcpu_count;
    loader_fill(&vm.vcpus[whose], true);
    ASSERT_RECORDED("map target; clear 0x200000; map source; map target uncached; "
                    "clean 0x200000; unmap target; unmap source");
    loader_fill(&vm.vcpus[(whose + 1) % vm.vcpu_count], true); /* has no share */
    ASSERT_RECORDED("unmap target; unmap source");
}

TEST(payloads_are_copied_exactly) {
    add_payload(0, 0x1000, 0x12345);
    add_payload(0x200000 - 0x1003, 0x300000 - 3, 0x2005); /* over a window's border, unaligned */
    add_payload(0x2ff001, 0x20001, 0x1fffff);             /* nearly as large as a window */
    add_payload(MEMORY - 1, 0x400fff, 1);                 /* the last byte */
    fill(true);
    check(true);
}

TEST(every_alignment_against_every_other) {
    static const uint64_t offsets[] = {0, 1, 7, 8, 0xfff, 0x1000, 0x1001};

    for (unsigned to = 0; to < COUNT_OF(offsets); to++) {
        for (unsigned from = 0; from < COUNT_OF(offsets); from++) {
            begin();
            add_payload(0x200000 - 0x800 + offsets[to], 0x100000 - 0x400 + offsets[from], 0x1234);
            fill(true);
            check(true);
        }
    }
}

static void verify_one(void *vcpu) {
    loader_verify(vcpu);
}

#define ALL_SOUND UINT32_MAX

/* The least payload that is refused, as each of the VM's vCPUs looks at its share. */
static uint32_t first_damaged(void) {
    uint32_t least = ALL_SOUND;

    for (uint32_t i = 0; i < LINUX_VCPUS; i++) {
        if (host_run(verify_one, &vm.vcpus[i]) == HOST_REFUSED) {
            uint32_t damaged = (uint32_t)strtoul(host.reason + strlen("payload "), NULL, 10);

            assert_string_equal(host.rule, "payload-digest");
            assert_non_null(strstr(host.reason, " of vm linux is damaged: write the image anew"));
            least = damaged < least ? damaged : least;
        } else {
            assert_int_equal(windows[WINDOW_SOURCE].size, 0);
        }
    }
    return least;
}

TEST(a_payload_of_many_windows) {
    add_payload(0x1801, 0x1000, MEMORY - 0x1900);
    assert_int_equal(first_damaged(), ALL_SOUND);
    fill(true);
    check(true);
}

TEST(what_need_not_be_cleared_is_kept_once) {
    small.memory[0].flags = 0;
    add_payload(0x1000, 0x2000, 0x3000);
    fill(true);
    check(false);
    assert_int_equal(opened, 3);            /* to write, to read and to clean, */
    assert_int_equal(host.cleaned, 0x3000); /* the payload's pages alone */
    /* But not over a restart: it held another life. */
    fill(false);
    check(true);
    assert_int_equal(host.cleaned, 0x3000 + MEMORY);
}

/* Whole pages, since others of them may be in caches too; and each part of what a payload spans. */
TEST(what_is_not_cleared_is_not_cleaned) {
    small.memory[0].flags = 0;
    add_payload(0x1fe801, 0x300801, 0x2800); /* over a window's border */
    add_payload(0x201801, 0x400801, 1);      /* in a page of the first one */
    add_payload(MEMORY - 1, 0x500fff, 1);
    fill(true);
    check(false);
    assert_int_equal(host.cleaned, 0x4000 + 0x1000 + 0x1000);
}

/* By a warm restart, whose next life begins without the caches that the last one had. */
TEST(what_a_life_keeps_is_cleaned_all) {
    small.vms[LINUX].flags = SYSTEM_VM_WARM;
    add_payload(0x1000, 0x2000, 0x3000);
    fill(false);
    check(false);
    assert_int_equal(host.cleaned, MEMORY);
}

static void clear_channels(bool boot) {
    for (uint32_t i = 0; i < LINUX_VCPUS; i++)
        loader_clear_channels(&vm.vcpus[i], boot);
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    show();
}

/* How many bytes of channel `n`, of four pages each, are cleared, if those are its last ones. */
static uint64_t cleared(uint32_t n) {
    const uint8_t *channel = at(TARGET + n * 0x4000u);
    uint64_t dirty = 0;

    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    while (dirty < 0x4000 && channel[dirty] == DIRTY)
        dirty++;
    for (uint64_t i = dirty; i < 0x4000; i++)
        assert_int_equal(channel[i], 0);
    show();
    return 0x4000 - dirty;
}

static void share(const struct system_channel *channels, const struct system_member *members) {
    small.system.channels = channels;
    small.system.members = members;
    small.vms[LINUX].members = (struct system_slice){1, 4};
}

/* By the first member at boot, its state too; later by whoever could write, all but its state. */
TEST(channels_are_cleared) {
    static const struct system_channel channels[] = {{TARGET, 0x4000, 0},
                                                     {TARGET + 0x4000, 0x4000, 0},
                                                     {TARGET + 0x8000, 0x4000, SYSTEM_CHANNEL_KEEP},
                                                     {TARGET + 0xc000, 0x4000, 0}};
    static const struct system_member members[] = {
        {0, SYSTEM_MEMBER_WRITES, 0x50000000}, /* an earlier VM's */
        {0, SYSTEM_MEMBER_WRITES, 0x51000000},
        {1, 0, 0x52000000},
        {2, SYSTEM_MEMBER_WRITES, 0x53000000},
        {3, SYSTEM_MEMBER_WRITES, 0x54000000}};
    static const uint64_t at_boot[] = {0, 0x4000, 0x4000, 0x4000}, later[] = {0x3000, 0, 0, 0x3000};

    for (uint32_t boot = 0; boot < 2; boot++) {
        const uint64_t *expected = boot != 0 ? at_boot : later;

        begin();
        share(channels, members);
        host.cleaned = 0;
        clear_channels(boot != 0);
        for (uint32_t i = 0; i < COUNT_OF(channels); i++)
            assert_int_equal(cleared(i), expected[i]);
        assert_int_equal(host.cleaned, boot != 0 ? 0xc000 : 0x6000);
    }
    /* With its memory, at each restart. */
    begin();
    share(channels, members);
    small.vms[LINUX].memory.count = 0;
    fill(true);
    assert_int_equal(host.cleaned, 0);
    fill(false);
    assert_int_equal(host.cleaned, 0x6000);
}

TEST(members_are_told_which_life_it_is) {
    static const struct system_channel channels[] = {{TARGET, 0x4000, 0},
                                                     {TARGET + 0x4000, 0x2000, 0}};
    static const struct system_member members[] = {
        {0, 0, 0x50000000}, {0, 0, 0x51000000}, {1, 0, 0x52000000}, {0, 0, 0x50000000}};

    share(channels, members);
    small.vms[LINUX].members.count = 2;
    loader_tell_life(&vm, 7);
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t expected[64];

        memset(expected, DIRTY, sizeof(expected));
        memcpy(expected + 4 * (1 - i), (uint8_t[]){7, 0, 0, 0}, 4);
        assert_memory_equal(at(TARGET + i * 0x4000u), expected, sizeof(expected));
    }
    assert_int_equal(host.cleaned, 2 * PAGE_SIZE);
    show();
}

/* Memory need not begin where a block does; what lies between is whole blocks all the same. */
TEST(blocks_are_the_machines) {
    static const uint64_t starts[] = {0x1000, 0xff000, 0x1ff000};

    for (unsigned i = 0; i < COUNT_OF(starts); i++) {
        begin();
        small.memory[0] = (struct system_region){GUEST_MEMORY + starts[i], TARGET + starts[i],
                                                 MEMORY - starts[i], SYSTEM_MEMORY_CLEAR};
        add_payload(0x200000, 0x200000, 0x200000); /* its source is a block, too */
        add_payload(0x400001, 0x400001, 0xfffff);
        ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
        memset(at(TARGET), 0, starts[i]); /* not the VM's, as check() looks at it */
        fill(true);
        check(true);
        assert_int_equal(host.cleaned, MEMORY - starts[i]);
        assert_int_equal(blocks, 3);
    }
}

TEST(each_vcpu_does_its_share) {
    unsigned pieces[LINUX_VCPUS];

    /* A full window, another, and half of one. */
    memory_size = small.memory[0].size = 2 * SPACE_BLOCKS_SIZE + SPACE_BLOCKS_SIZE / 2;
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    memset(at(TARGET), DIRTY, memory_size + GUARD);
    show();
    for (uint32_t i = 0; i < LINUX_VCPUS; i++) {
        opened = 0;
        loader_fill(&vm.vcpus[i], true);
        pieces[i] = opened;
    }
    /* Each piece is mapped twice: to be written, and to be cleaned. */
    assert_int_equal(pieces[0] + pieces[1] + pieces[2], 6);
    ASSERT_EACH(pieces, 2, 2);
    assert_int_equal(blocks, 2 * (memory_size / SPACE_WINDOW_SIZE));
    check(true);
}

TEST(several_regions) {
    small.vms[LINUX].memory = (struct system_slice){0, 2};
    small.memory[0].size = 0x3000;
    small.memory[1] = (struct system_region){GUEST_MEMORY + 0x3000, TARGET + 0x3000,
                                             MEMORY - 0x3000, SYSTEM_MEMORY_CLEAR};
    add_payload(0x1000, 0x1000, 0x1800);
    add_payload(0x3000, 0x8000, 0x8000);
    fill(true);
    check(true);
}

TEST(a_flipped_bit_is_found) {
    static const uint64_t bytes[] = {0, 0xfefff, 0xff000, 0x2ff000, 0x323456};

    for (uint32_t i = 0; i < 5; i++)
        add_payload(0x10000 * i, 0x1000, 0x1000);
    add_payload(0x100000, 0x101000, 0x323457); /* of three windows */
    for (unsigned i = 0; i < COUNT_OF(bytes); i++) {
        uint8_t *byte = at(HOME + 0x101000 + bytes[i]);

        ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
        *byte ^= 0x10;
        assert_int_equal(first_damaged(), 5);
        ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
        *byte ^= 0x10;
        assert_int_equal(first_damaged(), ALL_SOUND);
    }
    small.payloads[1].digest[0] ^= 1;
    small.payloads[4].digest[1] ^= 1; /* of the same vCPU's share */
    assert_int_equal(first_damaged(), 1);
}
