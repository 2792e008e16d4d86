// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * A Linux guest's window to Bulkhead, and the most harm that it can do.
 *
 * /dev/bulkhead passes calls through (call.h): the VMs that this one manages, say. Reading
 * /proc/bulkhead gives the VM's restarts, its watchdog's milliseconds and its exit counters.
 * Writing one of these words there breaks this Linux as badly as a kernel can break:
 *
 *   panic         an ordinary kernel panic
 *   irqs-off      all CPUs mask every interrupt and spin for good; with a number, that CPU alone
 *   store [ADDR]  a store to an address where this machine has neither RAM nor a device
 *   ipi-storm     all CPUs send inter-processor interrupts as fast as they can; also as
 *                 sgi-storm, which is Arm's name for them
 */
#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "abi/hypercall.h"
#include "arch.h"
#include "call.h"
#include "causes.h"

#define WORD_SIZE     40
#define STORE_ADDRESS 0x7f000000ul
#define STORE_VALUE   0xdeadu

static bool under_bulkhead;
/* What a watchdog that is fed by calls waits for at most, in ms; 0: this VM has none. */
static u64 watchdog_ms;

/* A number; 0 where there is none. */
static u64 ask(u32 call, u64 first, u64 second)
{
    u64 value = 0;

    return arch_hypercall(call, first, second, &value) ? 0 : value;
}

static int bulkhead_show(struct seq_file *out, void *unused)
{
    unsigned int cpu, cause;

    seq_printf(out, "bulkhead %s\n", under_bulkhead ? "yes" : "no");
    if (!under_bulkhead) {
        seq_puts(out, "restarts 0\n");
        return 0;
    }
    seq_printf(out, "restarts %llu\n", ask(HYPERCALL_RESTARTS, 0, 0));
    if (watchdog_ms)
        seq_printf(out, "watchdog %llu\n", watchdog_ms);
    for_each_present_cpu(cpu)
    {
        seq_printf(out, "vcpu %u", cpu);
        for (cause = 0; cause < EXIT_CAUSES; cause++)
            seq_printf(out, " %s %llu", cause_names[cause],
                       ask(HYPERCALL_COUNTER, cpu, cause));
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

static int irqs_off(const char *argument)
{
    unsigned int cpu;
    int error;

    if (!*argument) {
        on_each_cpu(spin_for_good, NULL, 0);
        return 0;
    }
    error = kstrtouint(argument, 0, &cpu);
    if (error)
        return error;
    return cpu < nr_cpu_ids ? smp_call_function_single(cpu, spin_for_good, NULL, 0) : -ENXIO;
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
    argument = argument ? skip_spaces(argument) : "";
    pr_info("breaking Linux: %s\n", word);
    if (!strcmp(word, "panic"))
        panic("asked for through /proc/bulkhead");
    else if (!strcmp(word, "irqs-off"))
        error = irqs_off(argument);
    else if (!strcmp(word, "store"))
        error = store_outside(argument);
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

static const struct proc_ops proc_operations = {
    .proc_open = bulkhead_open,
    .proc_read = seq_read,
    .proc_lseek = seq_lseek,
    .proc_release = single_release,
    .proc_write = bulkhead_write,
};

static long device_ioctl(struct file *file, unsigned int command, unsigned long address)
{
    void __user *user = (void __user *)address;
    struct bulkhead_call call;
    int error;

    if (command != BULKHEAD_CALL)
        return -ENOTTY;
    if (copy_from_user(&call, user, sizeof(call)))
        return -EFAULT;
    if (call.zero)
        return -EINVAL;
    if (call.number <= HYPERCALL_BASE || call.number > HYPERCALL_MANAGE)
        return -EOPNOTSUPP;
    error = arch_hypercall(call.number, call.first, call.second, &call.value);
    if (error)
        return error;
    return copy_to_user(user, &call, sizeof(call)) ? -EFAULT : 0;
}

static const struct file_operations device_operations = {
    .owner = THIS_MODULE,
    .unlocked_ioctl = device_ioctl,
    .compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
    .minor = MISC_DYNAMIC_MINOR,
    .name = "bulkhead",
    .fops = &device_operations,
    .mode = 0600,
};

static int __init bulkhead_init(void)
{
    int error;

    under_bulkhead = arch_find_bulkhead();
    if (under_bulkhead) {
        /* Nobody feeds it yet: to stop it is to ask for it. One with registers may run already. */
        if (!watchdog_has_registers())
            watchdog_ms = ask(HYPERCALL_WATCHDOG, 0, 0);
        error = misc_register(&device);
        if (error)
            return error;
    }
    if (proc_create("bulkhead", 0600, NULL, &proc_operations))
        return 0;
    if (under_bulkhead)
        misc_deregister(&device);
    return -ENOMEM;
}
module_init(bulkhead_init);

MODULE_DESCRIPTION("Bulkhead guest: its calls, exit counters, and how to break Linux");
MODULE_LICENSE("GPL");
