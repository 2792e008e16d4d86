/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/programs/ctl.h"

#include "abi/hypercall.h"
#include "linux/bulkhead/causes.h"

#include <asm/errno.h>
#include <stdbool.h>

#define NAME_WORDS 4u
#define NAME_SIZE  (8 * NAME_WORDS + 1)
#define POLL_MS    10u
#define BUSY_MS    5000u  /* so long for a VM that is about to change */
#define WAIT_MS    60000u /* so long with --wait */

static const char help[] =
    "usage: bulkhead-ctl [--json] list\n"
    "       bulkhead-ctl [--json] state | counters NAME\n"
    "       bulkhead-ctl [--wait] stop | start | restart NAME\n"
    "\n"
    "What this VM may do by the `manages` of its description, and nobody else.\n"
    "\n"
    "  list       of each VM: name, state, how its last life ended, restarts since the boot\n"
    "  state      running, changing, waiting (for its back-off), off, stopped or lost\n"
    "  counters   of each vCPU: how often it left its guest, by cause\n"
    "  stop       for good, until somebody starts it\n"
    "  start      one that is off, stopped or waiting; its memory begins anew\n"
    "  restart    from whatever state\n"
    "\n"
    "  --json     an array of all, or one object\n"
    "  --wait     until it is stopped, or runs\n"
    "\n"
    "Exit code: 0 done, or so already; 1 refused, or not in time; 2 not understood.\n";

static const char *const states[] = {
    [MANAGED_RUNNING] = "running", [MANAGED_CHANGING] = "changing", [MANAGED_WAITING] = "waiting",
    [MANAGED_OFF] = "off",         [MANAGED_STOPPED] = "stopped",   [MANAGED_LOST] = "lost",
};

static const char *const ends[] = {
    [MANAGED_NEVER] = "never",       [MANAGED_FAULT] = "fault",       [MANAGED_RESET] = "reset",
    [MANAGED_POWEROFF] = "poweroff", [MANAGED_WATCHDOG] = "watchdog", [MANAGED_REQUEST] = "request",
    [MANAGED_PANIC] = "panic",
};

/* What the command line says. */
struct task {
    const struct ctl *ctl;
    bool json, wait;
    const char *verb, *name;
    uint64_t vm; /* the number that calls have for that name */
};

static bool same(const char *text, const char *other) {
    while (*text != '\0' && *text == *other) {
        text++;
        other++;
    }
    return *text == *other;
}

static void say(const struct task *task, const char *text) {
    size_t size = 0;

    while (text[size] != '\0')
        size++;
    task->ctl->write(1, text, size);
}

static void say_number(const struct task *task, uint64_t number) {
    char digits[21];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    say(task, digits + at);
}

/* "error: ", up to three parts, and the end of the line, on the other stream. */
static int fail(const struct task *task, enum ctl_exit code, const char *first, const char *second,
                const char *third) {
    const char *const parts[] = {"error: ", first, second, third, "\n"};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t size = 0;

        while (parts[i][size] != '\0')
            size++;
        task->ctl->write(2, parts[i], size);
    }
    return (int)code;
}

static int refused(const struct task *task, int error) {
    const char *why = "Bulkhead refuses";

    if (error == EOPNOTSUPP)
        why = "this Bulkhead has no VMs that manage others";
    else if (error == ENOENT || error == ENODEV)
        why = "there is no /dev/bulkhead: this is no VM of Bulkhead's, or its module is not loaded";
    else if (error == EACCES || error == EPERM)
        why = "only root may use /dev/bulkhead";
    return fail(task, CTL_REFUSED, why, "", "");
}

static int fact(const struct task *task, uint64_t vm, uint64_t which, uint64_t *value) {
    return task->ctl->call(HYPERCALL_MANAGED, vm, which, value);
}

/* The name of one of them, as text. */
static int get_name(const struct task *task, uint64_t vm, char name[NAME_SIZE]) {
    for (uint32_t word = 0; word < NAME_WORDS; word++) {
        uint64_t letters = 0;
        int error = fact(task, vm, MANAGED_NAME + word, &letters);

        if (error != 0)
            return error;
        for (uint32_t i = 0; i < 8; i++)
            name[8 * word + i] = (char)(letters >> (8 * i));
    }
    name[NAME_SIZE - 1] = '\0';
    return 0;
}

/* What a newer Bulkhead may say. */
static const char *word_of(const char *const *words, size_t count, uint64_t value) {
    return value < count && words[value] != NULL ? words[value] : "unknown";
}

static const char *state_word(uint64_t state) {
    return word_of(states, sizeof states / sizeof states[0], state);
}

static void say_vm(const struct task *task, const char *name, uint64_t state, uint64_t end,
                   uint64_t restarts) {
    say(task, task->json ? "{\"name\": \"" : "");
    say(task, name);
    say(task, task->json ? "\", \"state\": \"" : " ");
    say(task, state_word(state));
    say(task, task->json ? "\", \"last-end\": \"" : " ");
    say(task, word_of(ends, sizeof ends / sizeof ends[0], end));
    say(task, task->json ? "\", \"restarts\": " : " ");
    say_number(task, restarts);
    say(task, task->json ? "}" : "\n");
}

static int print_vm(const struct task *task, uint64_t vm, const char *name) {
    uint64_t state, end, restarts;
    int error = fact(task, vm, MANAGED_STATE, &state);

    if (error == 0)
        error = fact(task, vm, MANAGED_END, &end);
    if (error == 0)
        error = fact(task, vm, MANAGED_RESTARTS, &restarts);
    if (error == 0)
        say_vm(task, name, state, end, restarts);
    return error;
}

static int list(const struct task *task) {
    char name[NAME_SIZE];
    uint64_t vm = 0;
    int error;

    while ((error = get_name(task, vm, name)) == 0) {
        if (task->json)
            say(task, vm == 0 ? "[" : ",\n ");
        error = print_vm(task, vm, name);
        if (error != 0)
            break;
        vm++;
    }
    if (error != EINVAL) /* there is one more */
        return refused(task, error);
    if (task->json)
        say(task, vm == 0 ? "[]\n" : "]\n");
    return CTL_DONE;
}

static int print_state(const struct task *task) {
    uint64_t state;
    int error = task->json ? print_vm(task, task->vm, task->name)
                           : fact(task, task->vm, MANAGED_STATE, &state);

    if (error != 0)
        return refused(task, error);
    if (!task->json)
        say(task, state_word(state));
    say(task, "\n");
    return CTL_DONE;
}

static int print_vcpu(const struct task *task, uint64_t vcpu) {
    for (uint64_t cause = 0; cause < EXIT_CAUSES; cause++) {
        uint64_t exits;
        int error =
            task->ctl->call(HYPERCALL_MANAGED_COUNTER, task->vm, vcpu << 32 | cause, &exits);

        if (error != 0)
            return error;
        say(task, !task->json ? " " : cause == 0 ? "{\"" : ", \"");
        say(task, cause_names[cause]);
        say(task, task->json ? "\": " : " ");
        say_number(task, exits);
    }
    say(task, task->json ? "}" : "\n");
    return 0;
}

static int print_counters(const struct task *task) {
    uint64_t vcpus;
    int error = fact(task, task->vm, MANAGED_VCPUS, &vcpus);

    if (error == 0 && task->json) {
        say(task, "{\"name\": \"");
        say(task, task->name);
        say(task, "\", \"vcpus\": [");
    }
    for (uint64_t vcpu = 0; error == 0 && vcpu < vcpus; vcpu++) {
        if (!task->json) {
            say(task, "vcpu ");
            say_number(task, vcpu);
        } else if (vcpu != 0) {
            say(task, ",\n ");
        }
        error = print_vcpu(task, vcpu);
    }
    if (error != 0)
        return refused(task, error);
    if (task->json)
        say(task, "]}\n");
    return CTL_DONE;
}

/* Until it rests again; then it is where it was to get, or something else has happened to it. */
static int wait_for(const struct task *task, bool to_run) {
    uint64_t state = MANAGED_CHANGING;

    for (uint32_t ms = 0; state == MANAGED_CHANGING; ms += POLL_MS) {
        int error = fact(task, task->vm, MANAGED_STATE, &state);

        if (error != 0)
            return refused(task, error);
        if (state != MANAGED_CHANGING)
            break;
        if (ms >= WAIT_MS)
            return fail(task, CTL_REFUSED, "still on its way after a minute: ", task->name, "");
        task->ctl->pause(POLL_MS);
    }
    if (to_run ? state == MANAGED_RUNNING : state == MANAGED_STOPPED || state == MANAGED_OFF)
        return CTL_DONE;
    return fail(task, CTL_REFUSED, task->name, " is ", state_word(state));
}

static int ask(const struct task *task, enum manage_request what) {
    uint64_t answer = MANAGE_BUSY;

    for (uint32_t ms = 0; answer == MANAGE_BUSY; ms += POLL_MS) {
        int error = task->ctl->call(HYPERCALL_MANAGE, task->vm, what, &answer);

        if (error != 0)
            return refused(task, error);
        if (answer != MANAGE_BUSY)
            break;
        if (ms >= BUSY_MS)
            return fail(task, CTL_REFUSED, task->name, " is busy with another change", "");
        task->ctl->pause(POLL_MS);
    }
    if (answer != MANAGE_DONE && answer != MANAGE_ALREADY)
        return fail(task, CTL_REFUSED, task->name, " is lost until the machine's next boot", "");
    return task->wait ? wait_for(task, what != MANAGE_STOP) : CTL_DONE;
}

static int stop(const struct task *task) {
    return ask(task, MANAGE_STOP);
}

static int start(const struct task *task) {
    return ask(task, MANAGE_START);
}

static int restart(const struct task *task) {
    return ask(task, MANAGE_RESTART);
}

static const struct verb {
    const char *name;
    bool has_vm, prints, asks; /* a name follows; --json, --wait means something */
    int (*run)(const struct task *task);
} verbs[] = {
    {"list", .prints = true, .run = list},
    {"state", .has_vm = true, .prints = true, .run = print_state},
    {"counters", .has_vm = true, .prints = true, .run = print_counters},
    {"stop", .has_vm = true, .asks = true, .run = stop},
    {"start", .has_vm = true, .asks = true, .run = start},
    {"restart", .has_vm = true, .asks = true, .run = restart},
};

static const struct verb *find_verb(const char *name) {
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (same(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

/* Fills the number in; 0, or what it ends with. */
static int find_vm(struct task *task) {
    char name[NAME_SIZE];
    int error;

    while ((error = get_name(task, task->vm, name)) == 0) {
        if (same(name, task->name))
            return CTL_DONE;
        task->vm++;
    }
    return error != EINVAL ? refused(task, error)
                           : fail(task, CTL_REFUSED, "this VM manages none that is called ",
                                  task->name, "; bulkhead-ctl list names them");
}

static int usage(const struct task *task, const char *what, const char *word) {
    return fail(task, CTL_USAGE, what, word, "; see bulkhead-ctl --help");
}

static int run_verb(struct task *task) {
    const struct verb *verb = find_verb(task->verb);
    int error;

    if (verb == NULL)
        return usage(task, "there is no command ", task->verb);
    if (verb->has_vm != (task->name != NULL))
        return usage(task, verb->has_vm ? "name the VM to " : "no VM is named to ", task->verb);
    if (task->json && !verb->prints)
        return usage(task, "--json is not for ", task->verb);
    if (task->wait && !verb->asks)
        return usage(task, "--wait is not for ", task->verb);
    error = verb->has_vm ? find_vm(task) : CTL_DONE;
    return error != CTL_DONE ? error : verb->run(task);
}

int ctl_run(const struct ctl *ctl, char *const *words) {
    struct task task = {.ctl = ctl};

    for (; *words != NULL; words++) {
        if (same(*words, "--help") || same(*words, "-h")) {
            say(&task, help);
            return CTL_DONE;
        } else if (same(*words, "--json")) {
            task.json = true;
        } else if (same(*words, "--wait")) {
            task.wait = true;
        } else if ((*words)[0] == '-') {
            return usage(&task, "there is no option ", *words);
        } else if (task.verb == NULL) {
            task.verb = *words;
        } else if (task.name == NULL) {
            task.name = *words;
        } else {
            return usage(&task, "one VM at a time, and not also ", *words);
        }
    }
    return task.verb == NULL ? usage(&task, "name a command", "") : run_verb(&task);
}
