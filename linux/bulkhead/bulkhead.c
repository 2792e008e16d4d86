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
 *   ipi-storm     all CPUs send inter-processor interrupts as fast as they can; also as
 *                 sgi-storm, which is Arm's name for them
 */
#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "abi/counters.h"
#include "abi/hypercall.h"
#ifdef CONFIG_RISCV
#include "arch_riscv64.h"
#else
#include "arch_arm64.h"
#endif

#define WORD_SIZE     40
#define STORE_ADDRESS 0x7f000000ul
#define STORE_VALUE   0xdeadu

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

static int bulkhead_show(struct seq_file *out, void *unused)
{
    unsigned int cpu, cause;

    seq_printf(out, "bulkhead %s\n", under_bulkhead ? "yes" : "no");
    if (!under_bulkhead) {
        seq_puts(out, "restarts 0\n");
        return 0;
    }
    seq_printf(out, "restarts %lu\n", arch_hypercall(HYPERCALL_RESTARTS, 0, 0));
    for_each_present_cpu(cpu)
    {
        seq_printf(out, "vcpu %u", cpu);
        for (cause = 0; cause < EXIT_CAUSES; cause++)
            seq_printf(out, " %s %lu", cause_names[cause],
                       arch_hypercall(HYPERCALL_COUNTER, cpu, cause));
        seq_putc(out, '\n');
    }
    return 0;
}

static void spin_for_good(void *unused)
{
    arch_mask_all();
    for (;;)
        barrier(); /* not cpu_relax(): an emulator leaves a core that yields for another */
}

static int storm(void *unused)
{
    for (;;) {
        arch_interrupt_others();
        cond_resched();
    }
    return 0;
}

static int start_storm(void)
{
    unsigned int cpu;

    if (!arch_can_storm())
        return -ENODEV;
    for_each_online_cpu(cpu)
    {
        struct task_struct *task =
            kthread_create_on_node(storm, NULL, cpu_to_node(cpu), "ipi-storm/%u", cpu);

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
    if (page_is_ram(PHYS_PFN(address)))
        return -ENXIO; /* this VM's own RAM */
    window = ioremap(address & PAGE_MASK, PAGE_SIZE);
    if (!window)
        return -ENOMEM;
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
    else if (!strcmp(word, "ipi-storm") || !strcmp(word, "sgi-storm"))
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
    under_bulkhead = arch_find_bulkhead();
    return proc_create("bulkhead", 0600, NULL, &operations) ? 0 : -ENOMEM;
}
module_init(bulkhead_init);

MODULE_DESCRIPTION("Bulkhead guest: exit counters, and how to break Linux");
MODULE_LICENSE("GPL");
