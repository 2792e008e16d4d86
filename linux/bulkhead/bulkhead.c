// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * A Linux guest's window to Bulkhead, and the most harm that it can do.
 *
 * Reading /proc/bulkhead gives the VM's restarts and its exit counters. Writing one of these
 * words there breaks this Linux as badly as a kernel can break:
 *
 *   panic         an ordinary kernel panic
 *   irqs-off      all CPUs mask every interrupt and spin for good
 *   store [ADDR]  a store to an address where this machine has neither RAM nor a device
 *   sgi-storm     all CPUs send inter-processor interrupts as fast as they can
 */
#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "abi/counters.h"
#include "abi/hypercall.h"

#define WORD_SIZE      40
#define STORE_ADDRESS  0x7f000000ul
#define STORE_VALUE    0xdeadu
#define SGI_ALL_OTHERS (1ull << 40)

static const char *const cause_names[EXIT_CAUSES] = {
    [EXIT_TIMER] = "timer",
    [EXIT_DEVICE] = "device",
    [EXIT_KICK] = "kick",
    [EXIT_SGI] = "sgi",
    [EXIT_MMIO] = "mmio",
    [EXIT_HYPERCALL] = "hypercall",
    [EXIT_SYSREG] = "sysreg",
    [EXIT_FAULT] = "fault",
    [EXIT_SERROR] = "serror",
    [EXIT_CONSOLE] = "console",
    [EXIT_MAINTENANCE] = "maintenance",
    [EXIT_OTHER] = "other",
};

static bool under_bulkhead;

static unsigned long hypercall(u32 call, u64 first, u64 second, struct arm_smccc_res *result)
{
    arm_smccc_1_1_hvc(call, first, second, result);
    return result->a0;
}

/* Without HVC as the firmware's conduit the instruction may not even exist here. */
static bool find_bulkhead(void)
{
    struct arm_smccc_res uid;

    if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_HVC)
        return false;
    hypercall(HYPERCALL_UID, 0, 0, &uid);
    return (u32)uid.a0 == HYPERCALL_UID_0 && (u32)uid.a1 == HYPERCALL_UID_1 &&
           (u32)uid.a2 == HYPERCALL_UID_2 && (u32)uid.a3 == HYPERCALL_UID_3;
}

static int bulkhead_show(struct seq_file *out, void *unused)
{
    struct arm_smccc_res result;
    unsigned int cpu, cause;

    seq_printf(out, "bulkhead %s\n", under_bulkhead ? "yes" : "no");
    if (!under_bulkhead) {
        seq_puts(out, "restarts 0\n");
        return 0;
    }
    seq_printf(out, "restarts %lu\n", hypercall(HYPERCALL_RESTARTS, 0, 0, &result));
    for_each_present_cpu(cpu)
    {
        seq_printf(out, "vcpu %u", cpu);
        for (cause = 0; cause < EXIT_CAUSES; cause++)
            seq_printf(out, " %s %lu", cause_names[cause],
                       hypercall(HYPERCALL_COUNTER, cpu, cause, &result));
        seq_putc(out, '\n');
    }
    return 0;
}

static void spin_for_good(void *unused)
{
    asm volatile("msr daifset, #0xf" ::: "memory");
    for (;;)
        barrier(); /* not cpu_relax(): an emulator leaves a core that yields for another */
}

static int storm(void *unused)
{
    for (;;) {
        /* SGI 0 is Linux's "reschedule": legal, harmless once, ruinous as a storm. */
        asm volatile("msr S3_0_C12_C11_5, %0" : : "r"(SGI_ALL_OTHERS));
        cond_resched();
    }
    return 0;
}

static int start_storm(void)
{
    struct device_node *gic = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
    unsigned int cpu;

    if (!gic)
        return -ENODEV;
    of_node_put(gic);
    for_each_online_cpu(cpu)
    {
        struct task_struct *task =
            kthread_create_on_node(storm, NULL, cpu_to_node(cpu), "sgi-storm/%u", cpu);

        if (IS_ERR(task))
            return PTR_ERR(task);
        kthread_bind(task, cpu);
        wake_up_process(task);
    }
    return 0;
}

static int store_outside(const char *argument)
{
    unsigned long address = STORE_ADDRESS;
    void __iomem *window;
    int error = *argument ? kstrtoul(argument, 0, &address) : 0;

    if (error)
        return error;
    window = ioremap(address & PAGE_MASK, PAGE_SIZE);
    if (!window)
        return -ENXIO; /* this VM's own RAM */
    writel(STORE_VALUE, window + (address & ~PAGE_MASK & ~3ul));
    iounmap(window);
    return 0;
}

static ssize_t bulkhead_write(struct file *file, const char __user *from, size_t size,
                              loff_t *offset)
{
    char text[WORD_SIZE] = "";
    char *argument = text;
    char *word;
    int error = 0;

    if (size >= sizeof(text))
        return -EINVAL;
    if (copy_from_user(text, from, size))
        return -EFAULT;
    argument = strim(text);
    word = strsep(&argument, " ");
    pr_info("breaking Linux: %s\n", word);
    if (!strcmp(word, "panic"))
        panic("asked for through /proc/bulkhead");
    else if (!strcmp(word, "irqs-off"))
        on_each_cpu(spin_for_good, NULL, 0);
    else if (!strcmp(word, "store"))
        error = store_outside(argument ? skip_spaces(argument) : "");
    else if (!strcmp(word, "sgi-storm"))
        error = start_storm();
    else
        error = -EINVAL;
    return error ? error : (ssize_t)size;
}

static int bulkhead_open(struct inode *inode, struct file *file)
{
    return single_open(file, bulkhead_show, NULL);
}

static const struct proc_ops operations = {
    .proc_open = bulkhead_open,
    .proc_read = seq_read,
    .proc_lseek = seq_lseek,
    .proc_release = single_release,
    .proc_write = bulkhead_write,
};

static int __init bulkhead_init(void)
{
    under_bulkhead = find_bulkhead();
    return proc_create("bulkhead", 0600, NULL, &operations) ? 0 : -ENOMEM;
}
module_init(bulkhead_init);

MODULE_DESCRIPTION("Bulkhead guest: exit counters, and how to break Linux");
MODULE_LICENSE("GPL");
